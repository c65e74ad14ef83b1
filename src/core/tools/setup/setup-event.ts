import type { AppError } from '../../domain/app-error.ts'
import type { ResolvedTool, ToolId, ToolSource } from '../tool.ts'

/** A source's progress. A number is present only when it was counted. */
export type SourceProgress =
  | { readonly kind: 'bytes'; readonly done: number; readonly total: number | undefined }
  /** Packages compiled so far; those already compiled for another program are not counted, so it may end below. */
  | { readonly kind: 'packages'; readonly done: number; readonly atMost: number }
  /** Waits for others. */
  | { readonly kind: 'waiting'; readonly what: string }
  /** Work of unknown length, in a few words, such as `fetching modules`. */
  | { readonly kind: 'doing'; readonly what: string; readonly count?: number }

/** Events while the programs are made ready. Plain data, for any front end. */
export type SetupEvent =
  | { readonly type: 'setup.waiting'; readonly why: string }
  | { readonly type: 'machine.installing'; readonly packages: readonly string[]; readonly why: string }
  | { readonly type: 'machine.installed'; readonly packages: readonly string[]; readonly elapsedMs: number }
  | { readonly type: 'machine.lacks'; readonly error: AppError }
  | { readonly type: 'program.started'; readonly program: string; readonly tools: readonly ToolId[] }
  | { readonly type: 'source.tried'; readonly program: string; readonly source: ToolSource; readonly detail: string }
  | { readonly type: 'source.progress'; readonly program: string; readonly progress: SourceProgress }
  /** A copy in our cache that is not used and will be replaced, such as one whose bytes have changed. */
  | { readonly type: 'cache.rejected'; readonly program: string; readonly path: string; readonly why: string }
  | { readonly type: 'source.failed'; readonly program: string; readonly source: ToolSource; readonly why: string }
  | {
      readonly type: 'program.ready'
      readonly program: string
      readonly tools: readonly ResolvedTool[]
      readonly elapsedMs: number
      /** Whether it existed already. */
      readonly found: boolean
    }
  | { readonly type: 'program.failed'; readonly program: string; readonly error: AppError }
  | { readonly type: 'setup.tidying'; readonly what: string }

export type ReportSetup = (event: SetupEvent) => void
