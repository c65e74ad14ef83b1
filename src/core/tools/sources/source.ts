import type { ToolId } from '../tool.ts'

/** What a source gave: one file for each tool of the program, in a folder of ours, and why it is believed. */
export interface Obtained {
  readonly files: ReadonlyMap<ToolId, string>
  /** One sentence. */
  readonly trust: string
}

/** Why a source did not serve, and what a person can do about it where there is something. */
export interface SourceFailure {
  readonly why: string
  readonly remedy?: string
}
