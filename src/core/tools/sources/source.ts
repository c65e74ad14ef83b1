import type { ToolId } from '../tool.ts'

/** A source's result: one file for each tool of the program, in a folder of ours, and why it is trusted. */
export interface Obtained {
  readonly files: ReadonlyMap<ToolId, string>
  /** One sentence. */
  readonly trust: string
}

/** Why a source did not succeed, and the remedy if there is one. */
export interface SourceFailure {
  readonly why: string
  readonly remedy?: string
}
