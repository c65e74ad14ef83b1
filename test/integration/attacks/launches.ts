import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type Header, pack } from 'tar-stream'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { DecisionRecord } from '../../../src/core/domain/gate.ts'
import { runCommand } from '../../../src/core/process/command.ts'
import { running } from '../../../src/core/steps/resources.ts'
import { isPodman } from '../harness/engine-kind.ts'
import { dist } from '../harness/session.ts'
import { gateOf, type Launch, type Outcome } from '../harness/workloads.ts'
import type { AttackStage, Pushed } from './stage.ts'
import { tracer } from './tracer.ts'

type Entry = Partial<Header> & { readonly name: string }

/** The signed image, started differently. The simplest ways are in attestor.test.ts. */
export function launchAttacks(stage: () => AttackStage): void {
  const docker = () => running(stage().session.resources, 'engine').docker

  describe.concurrent('a signed image', () => {
    it('that runs other code is refused, and attested as it is', async () => {
      const { workload } = stage().session.resources.tools
      const outcome = await stage().ask(stage().signed.reference, {
        host: { Binds: [stage().workloads.socketBind(), `${workload}:/workload:ro`] },
      })
      await stage().expectRefused(outcome, 'launch', { found: /is mounted at \/workload$/ })
      const byReference = { ...stage().signed, tag: stage().signed.reference }
      await stage().note('the signed image, running other code', 'launch', outcome.record.pid, byReference)
      const honest = await stage().expectAttested(stage().signed.reference)
      await stage().note('the signed image, as it is', 'none', honest.record.pid, byReference)
    })
  })

  describe('a signed image with rules and folders of its own', () => {
    let image: Pushed
    beforeAll(async () => {
      image = await stage().pushNew({
        more: [
          'COPY workload /app/run',
          'COPY content.json /rules/strict/content.json',
          'COPY content.json /rules-of-no-one/strict/content.json',
          'VOLUME /data',
          'ENTRYPOINT ["/app/run"]',
          '',
        ].join('\n'),
      })
      await stage().sign(image)
    })
    const bind = () => stage().workloads.socketBind()
    const host = (more: Launch['host'] = {}) => ({ host: { Binds: [bind()], ...more } })
    const refused = async (launch: Launch, found: RegExp): Promise<Outcome> => {
      const outcome = await stage().ask(image.reference, launch)
      await stage().expectRefused(outcome, 'launch', { found })
      return outcome
    }

    it.each<[string, () => Launch]>([
      ['as it is, with the volume that it asks for', () => host()],
      ['with the engine\u2019s own init', () => host({ Init: true })],
      ['with a tmpfs below a folder of its own', () => host({ Tmpfs: { '/rules/tmp': '' } })],
      ['with a tmpfs for the volume', () => host({ Tmpfs: { '/data': '' } })],
      ['on the machine\u2019s network', () => host({ NetworkMode: 'host' })],
      ['with limits', () => host({ Memory: 256 * 1024 * 1024, OomScoreAdj: 10, Sysctls: { 'kernel.msgmax': '8192' } })],
    ])('is attested %s', async (what, launch) => {
      // Podman's init is a program of its own, which not every machine has.
      if (what.includes('init') && (await isPodman({ docker: docker() }))) return
      await stage().expectAttested(image.reference, launch())
    })

    it.each<[string, () => Launch['host'], RegExp]>([
      // Docker empties the lists for `systempaths=unconfined`; Podman takes its own option.
      ['no protection of /proc', () => ({ MaskedPaths: [], ReadonlyPaths: [] }), /is open to the container$/],
      [
        'no protection of /proc, on Podman',
        () => ({ SecurityOpt: ['unmask=ALL'] }),
        /unmask|is open to the container$/,
      ],
      ['every block device', () => ({ DeviceCgroupRules: ['b *:* rwm'] }), /^DeviceCgroupRules is/],
      ['another group', () => ({ GroupAdd: ['0'] }), /^GroupAdd is \["0"\]$/],
      ['the machine\u2019s host name', () => ({ UTSMode: 'host' }), /^UTSMode is host$/],
      ['no seccomp filter', () => ({ SecurityOpt: ['seccomp=unconfined'] }), /^SecurityOpt is .*unconfined/],
      ['a volume of a name', () => ({ Binds: [bind(), 'evil:/data'] }), /^volume evil is mounted at \/data$/],
      ['a tmpfs over its rules', () => ({ Tmpfs: { '/rules': '' } }), /^tmpfs at \/rules covers files of the image$/],
      ['the socket to write to', () => ({ Binds: [bind().replace(/:ro$/, ':rw')] }), /can be written to$/],
    ])('is refused with %s', async (what, more, found) => {
      const podman = await isPodman({ docker: docker() })
      const others = podman ? ['no protection of /proc', 'every block device'] : ['no protection of /proc, on Podman']
      if (others.includes(what)) return
      await refused(host(more()), found)
    })

    it('is refused with open standard input: what is typed in is input, as arguments are', async () => {
      await refused({ options: { OpenStdin: true }, ...host() }, /^standard input is open/)
    })

    it.each<[string, Entry, RegExp]>([
      ['open to everybody', { name: 'rules', type: 'directory', mode: 0o777 }, /folder with mode 0777 of 0:0 instead/],
      ['of another owner', { name: 'rules', type: 'directory', mode: 0o755, uid: 65532 }, /of 65532:0 instead/],
    ])('is refused with a folder above a mount point that is %s', async (_, entry, found) => {
      const launch = host({ Tmpfs: { '/rules/tmp': '' } })
      const before = (id: string) => put(id, entry)
      const outcome = await refused({ ...launch, before }, found)
      expect(gateOf(outcome.record, 'launch')?.found).toMatch(/^changed since the image: \/rules \(/)
      await note('the signed image, with an altered folder above a mount', 'launch', outcome)
    })

    it('is refused with a link to another folder above a mount point', async () => {
      const entry: Entry = { name: 'rules', type: 'symlink', linkname: '/rules-of-no-one' }
      const before = (id: string) => put(id, entry)
      // The engine mounts where the link leads.
      await refused({ ...host({ Tmpfs: { '/rules/tmp': '' } }), before }, /^tmpfs is mounted at \/rules-of-no-one\/tmp/)
      await refused({ ...host(), before }, /^changed since the image: \/rules \(a link instead of a folder\)/)
    })

    it('is refused when a folder of sockets, with a program in it, is mounted over its own', async () => {
      const folder = stage().agent.socketFolder
      const planted = join(folder, 'run')
      try {
        writeFileSync(planted, 'evil', { mode: 0o755 })
        const over = { Binds: [`${folder}:/rules:ro`, bind()] }
        const outcome = await refused(host(over), /covers files of the image$|sockets only are accepted$/)
        await note('the signed image, with the agent\u2019s folder over its files', 'launch', outcome)
        await refused(host(), /with run in it: sockets only are accepted$/)
      } finally {
        rmSync(planted, { force: true })
      }
      await stage().expectAttested(image.reference, host())
    })

    const note = (attack: string, gate: string, { record }: Outcome) =>
      stage().note(attack, gate, record.pid, { ...image, tag: image.reference })

    async function put(id: string, entry: Entry): Promise<unknown> {
      const tar = pack()
      tar.entry(entry)
      tar.finalize()
      return docker().getContainer(id).putArchive(Readable.from(tar), { path: '/' })
    }
  })

  describe('a signed image of a common kind, unchanged, is attested', () => {
    const files = {
      passwd: 'root:x:0:0:root:/root:/bin/sh\napp:x:65532:65532::/home/app:/bin/sh\n',
      group: 'root:x:0:\n',
    }
    const base = 'COPY passwd /etc/passwd\nCOPY group /etc/group\nCOPY content.json /etc/app/content.json\n'
    const users = ['', 'app', '65532', '65532:65533']
    const cases = [
      ...users.map((user) => [user, base] as const),
      ...users.map((user) => [user, ''] as const),
      // The number of an account that most machines have (nobody), a group by its name, and a folder that is not there.
      ['65534', ''] as const,
      ['1234:root', `${base}WORKDIR /srv/app\n`] as const,
      ['1234', 'WORKDIR /srv/app\n'] as const,
    ]

    it.each(cases.filter(([user, lines]) => user !== 'app' || lines !== ''))(
      'USER %j, with %j',
      async (user, lines) => {
        const image = await stage().pushNew({ more: `${lines}USER ${user === '' ? '0' : user}\n`, files })
        await stage().sign(image)
        await stage().expectAttested(image.reference)
      },
    )
  })

  it('a signed image whose health check enters it is attested', async () => {
    const image = await stage().pushNew({
      more: 'HEALTHCHECK --interval=1s CMD ["/workload", "-version"]\n',
    })
    await stage().sign(image)
    const { id } = await stage().expectAttested(image.reference)
    if (await isPodman({ docker: docker() })) return
    const healthy = async () => (await docker().getContainer(id).inspect()).State.Health?.Status
    await expect.poll(healthy, { timeout: 20_000 }).toBe('healthy')
    const gate = gateOf(await explained(id), 'launch')
    expect(gate, gate?.found).toMatchObject({ verdict: 'passed' })
  })

  describe('a container that shares its process namespace', () => {
    it('is not as built while the other one is there, nor after that one changed its program', async () => {
      const { id, record } = await stage().expectAttested(stage().signed.reference)
      expect(gateOf(await explained(id), 'launch')).toMatchObject({ verdict: 'passed' })
      const attacker = await tracer(stage(), id)
      const shared = gateOf(await explained(id), 'launch')
      expect(shared).toMatchObject({ verdict: 'failed' })
      expect(shared?.found).toBe(`another container shares the process namespace: ${attacker.id}`)
      const before = (await stage().workloads.decisions(id)).length
      attacker.go()
      await attacker.end()
      // The victim's first process runs the attacker's program now, and calls once more.
      const decisions = () => stage().workloads.decisions(id)
      await vi.waitFor(
        async () => expect((await decisions()).length, 'waited for one more decision').toBeGreaterThan(before),
        { timeout: 15_000 },
      )
      const again = (await decisions()).at(-1)!
      expect([again.pid, again.containerId]).toEqual([record.pid, id])
      expect(gateOf(again, 'launch')).toMatchObject({ verdict: 'failed' })
      expect(again.selectors).not.toContain('launch:as-built')
      const byReference = { ...stage().signed, tag: stage().signed.reference }
      await stage().note('the signed image, taken over by another container', 'launch', again.pid, byReference)
    })
  })

  /** The attestor's current decision about a running container. */
  async function explained(id: string): Promise<DecisionRecord> {
    const outcome = await runCommand({
      program: process.execPath,
      args: [join(dist, 'attestor-plugin.cjs'), 'explain', id, '--json', '--config', stage().agent.configFile],
      timeoutMs: 20_000,
    })
    return JSON.parse(outcome.stdout) as DecisionRecord
  }
}
