import { ok, type Result } from '../../domain/result.ts'
import type { Program } from '../lock-file.ts'
import { type ResolvedTool, type ToolId, toolIds } from '../tool.ts'
import type { PassedOver } from './find.ts'
import type { Inspections } from './inspect.ts'
import { lookUpAll, type ToolsOptions, whereabouts } from './look-up.ts'

/** The facts about one tool. */
export interface Examination {
  readonly id: ToolId
  /** Which versions fit; null for our own programs. */
  readonly accepts: string | null
  readonly tool: ResolvedTool | null
  /** The version that the binary reports; null when it reports none. */
  readonly reported: string | null
  /** What has to be fixed, each one sentence. */
  readonly problems: readonly string[]
  /** Candidates that were not used, and why. */
  readonly passedOver: readonly PassedOver[]
}

/** Examines every tool: each file is hashed and run, whatever was cached. Changes nothing. */
export async function examineTools(options: ToolsOptions): Promise<Result<readonly Examination[]>> {
  const seen: Inspections = new Map()
  const prepared = await whereabouts(options, seen)
  if (!prepared.ok) return prepared
  const { programs, where } = prepared.value
  const examinations = (await lookUpAll(programs, where)).flatMap(({ program, tools }) =>
    tools.map(({ id, found, passedOver }): Examination => {
      const output = found && seen.get(found.path)?.output
      return {
        id,
        accepts: program.accepts ?? null,
        tool: found ?? null,
        reported: (output !== undefined && program.reports?.pattern.exec(output)?.[1]) || null,
        problems: problemsOf(program, found, passedOver),
        passedOver,
      }
    }),
  )
  return ok(toolIds.flatMap((id) => examinations.filter((each) => each.id === id)))
}

function problemsOf(program: Program, found: ResolvedTool | undefined, passedOver: readonly PassedOver[]): string[] {
  const problems: string[] = []
  for (const { source, path, why } of passedOver) {
    if (source === 'set by the user') problems.push(`The path that you set, ${path}, is not used: ${why}.`)
    if (source === 'cache')
      problems.push(`The copy in our cache, ${path}, is not used: ${why}. npm run setup replaces it.`)
  }
  if (found === undefined) {
    const needed = program.accepts === undefined ? '' : ` A version ${program.accepts} is needed.`
    problems.push(`It is not there.${needed} npm run setup fetches or builds it.`)
  }
  return problems
}
