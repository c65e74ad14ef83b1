import type { LayerProgress } from '../../containers/images/push-image.ts'
import type { Progress } from '../../workflow/events.ts'

/** How far a build is, from a line of the builder; undefined when it does not say. */
export function buildProgress(line: string): Progress | undefined {
  const [, done, total, instruction] = /^Step (\d+)\/(\d+) : (.*)$/.exec(line) ?? []
  if (instruction === undefined) return undefined
  return { kind: 'count', label: `${instruction} · step`, done: Number(done), total: Number(total) }
}

/**
 * How far a push is: bytes while the engine counts them, else layers. Undefined when that has hardly changed, so that a
 * big layer does not fill the event log.
 */
export function pushProgress(): (layers: readonly LayerProgress[]) => Progress | undefined {
  let last = ''
  return (layers) => {
    const finished = layers.filter(({ status }) => status === 'Pushed' || status === 'Layer already exists').length
    const counted = layers.filter(({ total = 0 }) => total > 0)
    const [done, total] = (['current', 'total'] as const).map((part) =>
      Math.round(counted.reduce((sum, layer) => sum + (layer[part] ?? 0), 0) / 1000),
    )
    const bytes = done !== undefined && total !== undefined && total > 0
    const progress: Progress = bytes
      ? { kind: 'count', label: `${finished} of ${layers.length} layers · kB`, done: Math.min(done, total), total }
      : { kind: 'count', label: 'layers', done: finished, total: layers.length }
    const now = `${progress.label} ${bytes ? Math.floor((20 * done) / total) : finished}`
    if (now === last) return undefined
    last = now
    return progress
  }
}
