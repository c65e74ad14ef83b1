import { assertNever } from '../../domain/result.ts'
import type { SourceProgress } from './setup-event.ts'

/** A source's progress, in counted units; empty if nothing is counted. */
export function progressText(progress: SourceProgress | undefined): string {
  if (progress === undefined) return ''
  switch (progress.kind) {
    case 'bytes':
      return progress.total === undefined
        ? megabytes(progress.done)
        : `${megabytes(progress.done)} of ${megabytes(progress.total)}`
    case 'packages':
      return `${count(progress.done)} packages compiled, of ${count(progress.atMost)} at most`
    case 'waiting':
      return `waits: ${progress.what}`
    case 'doing':
      return progress.count === undefined ? progress.what : `${count(progress.count)} ${progress.what}`
    default:
      return assertNever(progress, 'progress')
  }
}

const count = (value: number): string => value.toLocaleString('en-US')
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
