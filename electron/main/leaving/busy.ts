import { snapshotSchema } from '../../../src/core/contract/changes.ts'
import type { Server } from '../../../src/core/contract/server.ts'

/** Whether a run is under way, from the same snapshot that a page gets. */
export async function isBusy(server: Pick<Server, 'request'>): Promise<boolean> {
  const answer = await server.request('getSnapshot', {})
  if (!answer.ok) return false
  const { runs } = snapshotSchema.parse(answer.value)
  return runs.some((events) => events.at(-1)?.type !== 'run.finished')
}
