import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CopiedProgram, copiedProgram } from './copied-program.ts'
import { as, asOther, asRoot, whyNot, whyNotOther } from './users.ts'

// The command line on unusual machines: each says what is wrong and how to fix it, without a stack.

let program: CopiedProgram
let place: string
let home: string

beforeAll(() => {
  program = copiedProgram()
  ;({ place, home } = program)
})
afterAll(() => program.remove())
const run: CopiedProgram['run'] = (...how) => program.run(...how)

describe('an unusable environment is an error with its fix', () => {
  it('a missing directory for temporary files', () => {
    const { status, said } = run(['doctor'], { TMPDIR: join(place, 'missing') })
    expect([status, said]).toEqual([1, expect.stringMatching(/no such directory.*Unset TMPDIR/)])
    expect(existsSync(join(place, 'missing'))).toBe(false)
  })

  it('a directory for temporary files whose path is too long for sockets', () => {
    const long = join(place, 'x'.repeat(138))
    mkdirSync(long)
    const { status, said } = run(['doctor'], { TMPDIR: long })
    expect([status, said]).toEqual([1, expect.stringMatching(/at most 60 bytes.*Unset TMPDIR/)])
  })

  asOther(`a home directory that this user cannot enter${whyNotOther}`, () => {
    chmodSync(home, 0o700)
    const { status, said } = run(['setup'], {}, as(65_534))
    expect([status, said]).toEqual([1, expect.stringMatching(/folder .* cannot be used.*XDG_/)])
  })

  asOther(`a user without account and home${whyNotOther}`, () => {
    const { status, said } = run(['clean'], { HOME: '' }, as(54_321))
    expect([status, said]).toEqual([1, expect.stringMatching(/no home directory.*Set HOME/)])
  })

  asOther(`a user without account can ask for help and the doctor${whyNotOther}`, () => {
    const own = join(place, 'own')
    mkdirSync(own)
    spawnSync('chown', ['54321', own])
    expect(run(['story', '--help'], { HOME: own }, as(54_321)).status).toBe(0)
    expect(run(['doctor'], { HOME: own }, as(54_321)).stdout).toContain('container engine')
  })
})

it.each(['doctor', 'story'])('%s gives one notice for a profile with a key under its old name', (command) => {
  const config = join(place, `config-${command}`, 'sigstore-attestor', 'profiles')
  mkdirSync(config, { recursive: true, mode: 0o700 })
  const nowhere = 'http://127.0.0.1:1'
  const profile = {
    kind: 'services',
    title: 'Old',
    sigstore: { trustedRoot: '/nowhere/root.json', fulcio: { url: nowhere }, rekor: { url: nowhere, version: 1 } },
    issuer: nowhere,
    signer: { issuer: nowhere, subject: 'me@acme.example' },
    registry: { host: '127.0.0.1:1', repository: 'hello', tlsAuthority: '/nowhere/ca.pem' },
  }
  writeFileSync(join(config, 'old.json'), JSON.stringify(profile), { mode: 0o600 })
  // The story ends at a scenario that it does not have with these services.
  const more = command === 'story' ? ['--scenario', 'wrong-issuer'] : []
  const { said } = run([command, '--profile', 'old', ...more], { XDG_CONFIG_HOME: join(place, `config-${command}`) })
  expect(said.match(/Deprecated: "tlsAuthority" is now "caFile"/g), said).toHaveLength(1)
})

describe('the doctor names what keeps the services from running', () => {
  const inNetwork = (script: string) => ['unshare', '--net', '--mount', 'sh', '-ec', `${script}; exec "$@"`, 'sh']

  asRoot(`a loopback interface that is down${whyNot}`, () => {
    const { status, said } = run(['doctor'], {}, inNetwork('true'))
    expect([status, said]).toEqual([1, expect.stringMatching(/listen on 127\.0\.0\.1.*ip link set lo up/)])
  })

  asRoot(`localhost that means ::1 alone${whyNot}`, () => {
    const hosts = join(place, 'hosts')
    writeFileSync(hosts, '::1 localhost\n')
    const { said } = run(['doctor'], {}, inNetwork(`ip link set lo up; mount --bind '${hosts}' /etc/hosts`))
    expect(said).toMatch(/localhost does not lead to 127\.0\.0\.1.*\/etc\/hosts/)
  })

  asRoot(`the port that timestamp-server needs, and who holds it${whyNot}`, async () => {
    const holder = `require('net').createServer().listen(2112, () => console.log('listens'))`
    const script = `ip link set lo up; '${process.execPath}' -e "${holder}" & sleep infinity`
    const network = spawn('unshare', ['--net', '--kill-child', '--pid', '--fork', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(network.stdout, 'data')
    try {
      const { said } = run(['doctor'], {}, ['nsenter', `--net=/proc/${network.pid}/ns/net`])
      expect(said).toMatch(
        /Port 2112, .*timestamp-server.*held by process (\d+) .*createServer.*Look at \S+, process \1 /,
      )
    } finally {
      const ended = once(network, 'exit')
      network.kill('SIGKILL')
      await ended
    }
  })
})

describe('what the window lacks is reported before anything is fetched for it, and does not count against the story', () => {
  const wrong = (said: string) => /(\d+) things? (?:is|are) wrong/.exec(said)?.[1]

  it('a responding display', () => {
    const stale = { DISPLAY: ':59001' }
    const { said } = run(['doctor'], stale)
    expect(said).toMatch(/note window problem No server answers at the display.*X59001/)
    const json: unknown = JSON.parse(run(['doctor', '--json'], stale).stdout)
    expect(json).toMatchObject({ problems: [], windowLacks: [{ code: 'machine.display-silent' }] })
    const window = run(['window'], stale)
    expect([window.status, window.said]).toEqual([1, expect.stringMatching(/No server answers.*npm run story/)])
    expect(window.said).not.toContain('lectron')
  })

  asOther(`user namespaces, for an ordinary user${whyNotOther}`, async () => {
    const own = join(place, 'no-namespaces')
    mkdirSync(own)
    spawnSync('chown', ['54321', own])
    // The limit belongs to a user namespace, so one of our own can have none left without changing the machine's.
    const space = spawn('unshare', ['--user', 'sh', '-c', 'echo made; exec sleep infinity'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(space.stdout, 'data')
    try {
      for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${space.pid}/${map}`, '0 0 65536')
      const enter = ['nsenter', `--user=/proc/${space.pid}/ns/user`, '-S', '0', '-G', '0', 'sh', '-ec']
      const forbid = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"'
      const { said } = run(['doctor'], { HOME: own }, [...enter, forbid, 'sh', ...as(54_321)])
      expect(said).toMatch(
        /note window problem This user may not create user namespaces.*sysctl -w user\.max_user_namespaces=/,
      )
      const before = run(['doctor'], { HOME: own }, as(54_321)).said
      expect(before).not.toContain('user namespaces')
      expect(wrong(said)).toBe(wrong(before))
    } finally {
      const ended = once(space, 'exit')
      space.kill('SIGKILL')
      await ended
    }
  })
})

describe('a chosen engine that does not respond is named with the source of the choice, and no other is used', () => {
  const docker = () => join(place, 'docker')
  beforeAll(() => {
    const meta = join(docker(), 'contexts', 'meta', createHash('sha256').update('mine').digest('hex'))
    mkdirSync(meta, { recursive: true })
    const context = { Name: 'mine', Endpoints: { docker: { Host: 'unix:///no/context.sock' } } }
    writeFileSync(join(meta, 'meta.json'), JSON.stringify(context))
    writeFileSync(join(docker(), 'config.json'), '{"currentContext":"mine"}')
  })

  it.each([
    [
      { DOCKER_HOST: 'unix:///no/host.sock' },
      /engine at unix:\/\/\/no\/host\.sock, as DOCKER_HOST says.*unset DOCKER_HOST/,
    ],
    [
      { DOCKER_CONTEXT: 'mine' },
      /at unix:\/\/\/no\/context\.sock, as the docker context "mine" says.*unset DOCKER_CONTEXT/,
    ],
    [{ DOCKER_CONTEXT: 'gone' }, /The docker context "gone" cannot be read.*unset DOCKER_CONTEXT/],
    [{}, /as the docker context "mine" says found no socket at \/no\/context\.sock.*docker context use default/],
  ])('%o', (chosen, words) => {
    const { status, said } = run(['doctor'], { DOCKER_CONFIG: docker(), ...chosen })
    expect([status, said]).toEqual([1, expect.stringMatching(words)])
  })
})
