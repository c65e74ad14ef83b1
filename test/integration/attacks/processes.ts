import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { readStartTime } from '../../../src/core/attestor/processes/process-facts.ts'
import { running } from '../../../src/core/steps/resources.ts'
import { gateOf } from '../harness/workloads.ts'
import type { AttackStage, Pushed } from './stage.ts'

/**
 * In every hierarchy that is mounted: `each <mount point> <path of this process>`, for a container that sees the
 * engine's cgroups. If there is only the unified one, Podman gives a container a view of its own, whatever the options,
 * and the kernel confines it there: it uses that of the machine's first process.
 */
const hierarchies = `
if [ "$(cat /proc/self/cgroup)" = 0::/ ]; then exec nsenter --target 1 --cgroup /bin/sh /gate/script; fi
lines=$(cat /proc/self/cgroup)
hierarchies() {
  echo "$lines" | while IFS=: read -r _ controllers path; do
    folder=/sys/fs/cgroup/\${controllers#name=}
    if [ -z "$controllers" ]; then
      folder=/sys/fs/cgroup
      if [ -d $folder/unified ]; then folder=$folder/unified; fi
    fi
    if [ -d "$folder" ]; then $1 "$folder" "\${path%/}"; fi
  done
}`

/** Attacks with what the kernel reports about a process. Its containers may do what root may. */
export function processAttacks(stage: () => AttackStage): void {
  describe('a process', () => {
    let victim: string
    let attacker: Pushed
    beforeAll(async () => {
      const honest = await stage().expectAttested(stage().signed.reference)
      victim = honest.id
      attacker = await stage().pushNew()
    })

    afterEach(() => {
      stage().proxy.misbehave = () => 'pass'
    })

    /**
     * A container that may mount and create cgroups, and sees the machine's processes. In it a shell of this machine
     * runs a script that ends with the workload.
     */
    async function attack(
      script: string,
    ): Promise<{ id: string; pid: number; go: () => void; write: (file: string, text: string) => void }> {
      const gate = join(stage().session.resources.folders.runtime, crypto.randomUUID())
      mkdirSync(gate)
      writeFileSync(join(gate, 'script'), `until [ -e /gate/go ]; do sleep 0.02; done\nvictim=${victim}\n${script}`)
      const system = ['/bin', '/lib', '/lib64', '/usr'].filter((folder) => existsSync(folder))
      const host = {
        CapAdd: ['SYS_ADMIN', 'SYS_PTRACE'],
        SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
        ReadonlyPaths: [],
        MaskedPaths: [],
        CgroupnsMode: 'host',
        PidMode: 'host',
        Binds: [
          stage().workloads.socketBind(),
          `${gate}:/gate`,
          '/sys/fs/cgroup:/sys/fs/cgroup',
          ...system.map((folder) => `${folder}:${folder}:ro`),
        ],
      }
      const options = { Entrypoint: ['/bin/sh', '/gate/script'], User: '0:0', Env: ['PATH=/usr/bin:/bin'] }
      const id = await stage().workloads.run(attacker.reference, { options, host })
      const { docker } = running(stage().session.resources, 'engine')
      const { State } = await docker.getContainer(id).inspect()
      const write = (file: string, text: string): void => writeFileSync(join(gate, file), text)
      return { id, pid: State.Pid, write, go: () => write('go', '') }
    }

    it('in a cgroup that has a container\u2019s name, below its own, is refused', async () => {
      const before = (await stage().workloads.decisions(victim)).length
      const { id, pid, go } = await attack(`${hierarchies}
        enter() {
          mkdir -p "$1$2/$victim"
          for file in cpuset.cpus cpuset.mems; do
            if [ -e "$1$2/$file" ]; then cat "$1$2/$file" > "$1$2/$victim/$file"; fi
          done
          echo $$ > "$1$2/$victim/cgroup.procs"
        }
        hierarchies enter
        exec /workload -socket unix:///spire-agent/api.sock`)
      go()
      expect(await stage().workloads.answer(id)).toMatchObject({ outcome: 'refused', code: 'PermissionDenied' })
      expect(await stage().workloads.decisions(victim)).toHaveLength(before)
      const record = (await stage().workloads.claims(victim)).at(-1)!
      expect([record.pid, record.containerId, record.selectors]).toEqual([pid, null, []])
      expect(gateOf(record, 'container')).toMatchObject({
        verdict: 'failed',
        expected: expect.stringContaining('lies below that of the container\u2019s first process'),
        found: expect.stringMatching(new RegExp(`${id}.*${victim}`)),
        remedy: expect.stringContaining('a cgroup with a container\u2019s name is none'),
      })
      const byReference = { ...stage().signed, tag: stage().signed.reference }
      await stage().note('another container, in cgroups with the signed one\u2019s name', 'container', pid, byReference)
    })

    it('outside of its container\u2019s cgroups, with forged mount information, is refused', async () => {
      const before = (await stage().workloads.decisions(victim)).length
      const { id, pid, go } = await attack(`${hierarchies}
        leave() { echo $$ > "$1/cgroup.procs"; }
        hierarchies leave
        for found in $(find /sys/fs/cgroup -type d -name "*$victim*" | head -1); do
          mkdir /forged && mount --bind "$found" /forged
        done
        grep -q "$victim" /proc/self/mountinfo || exit 9
        exec /workload -socket unix:///spire-agent/api.sock`)
      go()
      expect(await stage().workloads.answer(id)).toMatchObject({ outcome: 'refused', code: 'PermissionDenied' })
      expect(await stage().workloads.decisions(victim)).toHaveLength(before)
      expect(await stage().workloads.decisions(id)).toEqual([])
      expect((await stage().agent.attested(pid)).filter((each) => each.startsWith('sigstore:'))).toEqual([])
      const byReference = { ...stage().signed, tag: stage().signed.reference }
      await stage().note(
        'another container, out of its cgroups, with forged mount information',
        'container',
        pid,
        byReference,
      )
    })

    it('whose pid is another\u2019s before the answer is not vouched for', async () => {
      const held = await stage().pushNew({ tag: `${stage().proxy.host}/demo/held:1` })
      await stage().sign(held)
      const honest = await stage().ask(held.reference)
      stage().expectSelectors(honest)

      let letGo: () => void = () => undefined
      const asked = new Promise<void>((resolve) => {
        stage().proxy.misbehave = (_, __, onward) => {
          letGo = onward
          resolve()
          return 'answered'
        }
      })
      const reuse = await attack(
        // Podman leaves /proc/sys read-only, whatever the options.
        `mkdir /fresh && mount -t proc proc /fresh
        tries=0
        pid=$(cat /gate/pid)
        while [ $tries -lt 200 ]; do
          tries=$((tries + 1))
          echo $((pid - 1)) > /fresh/sys/kernel/ns_last_pid
          sleep 30 &
          if [ $! = $pid ]; then echo '{"outcome":"refused","code":"reused","text":"","elapsedMs":0}'; wait; fi
          kill $!
        done`,
      )
      const id = await stage().workloads.run(held.reference)
      const { docker } = running(stage().session.resources, 'engine')
      const { State } = await docker.getContainer(id).inspect()
      await asked
      await docker.getContainer(id).kill()
      await vi.waitFor(() => expect(readStartTime('/proc', State.Pid)).toBeUndefined(), { timeout: 3_000 })
      reuse.write('pid', String(State.Pid))
      reuse.go()
      await stage().workloads.answer(reuse.id)
      expect(readFileSync(`/proc/${State.Pid}/cmdline`, 'utf8')).toContain('sleep')
      stage().proxy.misbehave = () => 'pass'
      letGo()
      const record = await vi.waitFor(() => stage().workloads.decision(id), { timeout: 5_000 })
      expect(record).toMatchObject({ pid: State.Pid, answer: 'error', selectors: [] })
      expect(gateOf(record, 'container')).toMatchObject({
        verdict: 'could-not-check',
        expected: 'the processes stay the same until the end of the attestation',
        found: expect.stringContaining(`(pid ${State.Pid}) ended meanwhile`),
        remedy: 'Start the workload again.',
      })
    })
  })
}
