import { execFileSync } from 'node:child_process'
import { renameSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { expectAsBuilt, expectRefused, LaunchStage } from './launch-stage.ts'
import { containerId } from './stage.ts'

const on = new LaunchStage()
const cgroup = `0::/docker/${containerId}\n`

describe('a process from elsewhere in the process namespace, for a moment', () => {
  /** Has entered the container's cgroup once the plugin has read that it is elsewhere; acts in between. */
  async function entersOnceSeen(act: () => void): Promise<void> {
    const [stat = '', other = '', entered = ''] = ['stat', 'cgroup', 'entered'].map((name) =>
      join(on.stage.folder, name),
    )
    writeFileSync(stat, `5 (runc:[2:INIT]) S 0 5 5 ${'0 '.repeat(15)} 99 0\n`)
    writeFileSync(entered, cgroup)
    execFileSync('mkfifo', [other])
    on.stage.root.seenInside(5, stat, other)
    // Opened when the plugin reads it; it reads on until it is closed.
    const fifo = await open(other, 'w')
    await fifo.write('0::/system.slice/containerd.service\n')
    act()
    renameSync(entered, join(on.stage.folder, 'rootfs', 'proc', '5', 'cgroup'))
    await fifo.close()
  }

  it('which is a health check that enters the cgroup: that is as built', async () => {
    const [launched] = await Promise.all([on.launched(), entersOnceSeen(() => undefined)])
    expectAsBuilt(launched)
  })

  it('which has changed a file meanwhile: that is not as built', async () => {
    const change = () => on.stage.root.own('/evil', 'evil')
    const [launched] = await Promise.all([on.launched(), entersOnceSeen(change)])
    expectRefused(launched, '/evil')
  })
})
