import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { statusWith } from '../../fixtures/cri-fixtures.ts'
import { imageA } from '../../fixtures/sigstore-fixtures.ts'
import { CriStage, type Loose, signed } from './cri-stage.ts'
import { sandboxId } from './fake-cri.ts'
import { initPid } from './stage.ts'

const on = new CriStage()

describe('launch, of a container of a pod,', () => {
  const described = (more: string) => {
    const spec = `{"process":{"cwd":"/","user":{}},${more}}`
    const info = `{"sandboxID":"${sandboxId}","pid":${initPid},"config":{},"runtimeSpec":${spec}}`
    on.lie('ContainerStatus', (answer) => (answer.info.info = info))
  }

  it('names a setting of any depth, and the container keeps its signer', async () => {
    await on.configure({ launch: {} })
    described(`"vm":${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    expect(await on.attest()).toContain(signed)
    expect((await on.record()).gates.at(-1)).toMatchObject({ id: 'launch', found: expect.stringMatching(/^vm is /) })
  })

  it('looks into no container whose image has no signature: its author could make that take long', async () => {
    const { info } = statusWith((each) => Object.assign(each, { pid: initPid, sandboxID: sandboxId })) as Loose
    on.lie('ContainerStatus', (answer) => (answer.info = info))
    on.stage.root.link(on.stage.procOf(initPid), 'ns/ipc', 'ipc:[3]')
    await on.configure({ launch: {} })
    expect(await on.attest()).toContain(signed)
    expect((await on.record()).gates.at(-1)).toMatchObject({ id: 'launch', found: expect.stringMatching(/^another /) })
    // Whoever opens it waits for ever.
    const mountinfo = join(on.stage.procOf(initPid), 'mountinfo')
    rmSync(mountinfo)
    execFileSync('mkfifo', [mountinfo])
    on.stage.registry.attach(imageA.digest, [])
    expect(await on.attest()).toEqual([])
    expect(await on.stage.fell()).toBe('signature not-present')
  })
})
