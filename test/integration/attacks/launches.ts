import { Readable } from 'node:stream'
import { pack } from 'tar-stream'
import { describe, it } from 'vitest'
import { running } from '../../../src/core/steps/resources.ts'
import type { AttackStage } from './stage.ts'

/** A signed image with other code in it. The other ways of starting one otherwise are in attestor.test.ts. */
export function launchAttacks(stage: () => AttackStage): void {
  describe.concurrent('a signed image', () => {
    it('that runs other code is refused, and attested as it is', async () => {
      const { workload } = stage().session.resources.tools
      const told = await stage().ask(stage().signed.reference, {
        host: { Binds: [stage().workloads.socketBind(), `${workload}:/workload:ro`] },
      })
      await stage().expectRefused(told, 'launch', { found: /is mounted at \/workload$/ })
      const byReference = { ...stage().signed, tag: stage().signed.reference }
      await stage().note('the signed image, running other code', 'launch', told.record.pid, byReference)
      const honest = await stage().expectAttested(stage().signed.reference)
      await stage().note('the signed image, as it is', 'none', honest.record.pid, byReference)
    })

    it('in which a folder was turned into a link to another, behind a mount point, is refused', async () => {
      const more = 'COPY content.json /rules/strict/content.json\nCOPY content.json /rules-of-nobody/content.json\n'
      const image = await stage().pushNew({ more })
      await stage().sign(image)
      const told = await stage().ask(image.reference, {
        host: { Binds: [stage().workloads.socketBind()], Tmpfs: { '/rules/tmp': '' } },
        before: (id) => link(stage(), id, 'rules', '/rules-of-nobody'),
      })
      await stage().expectRefused(told, 'launch', { found: /changed since the image: \/rules/ })
      await stage().expectAttested(image.reference, {
        host: { Binds: [stage().workloads.socketBind()], Tmpfs: { '/rules/tmp': '' } },
      })
    })
  })
}

async function link(stage: AttackStage, id: string, name: string, target: string): Promise<unknown> {
  const tar = pack()
  tar.entry({ name, type: 'symlink', linkname: target })
  tar.finalize()
  const { docker } = running(stage.session.resources, 'engine')
  return docker.getContainer(id).putArchive(Readable.from(tar), { path: '/' })
}
