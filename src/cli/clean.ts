import { parseArgs } from 'node:util'
import { folders } from '../core/machine/folders.ts'
import { clean } from '../core/orchestrator/session/clean.ts'
import { exitCodes } from './interruption.ts'
import { appErrorLines } from './story/error-lines.ts'
import { paintFor } from './story/paint.ts'
import { readableWidth, Thread } from './story/thread.ts'

export const cleanUsage = `Usage: npm run clean [-- --all]

  Removes runs, keys, logs and what a killed session left behind.
  --all   also removes the downloaded and built programs`

/** `npm run clean`. Returns the exit code. */
export async function runClean(args: readonly string[]): Promise<number> {
  let all: boolean
  try {
    all = parseArgs({ args: [...args], options: { all: { type: 'boolean', default: false } } }).values.all
  } catch {
    process.stderr.write(`${cleanUsage}\n`)
    return exitCodes.usage
  }
  const cleaned = await clean(folders(), all)
  if (!cleaned.ok) {
    const thread = new Thread(paintFor(process.stderr, process.env), readableWidth(process.stderr.columns))
    process.stderr.write(`${appErrorLines(cleaned.error, thread).join('\n')}\n`)
    return exitCodes.notAsExpected
  }
  process.stdout.write(cleaned.value.map((line) => `${line}\n`).join(''))
  return exitCodes.ok
}
