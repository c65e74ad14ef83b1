import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AppError } from '../../core/domain/app-error.ts'
import { err, type Result } from '../../core/domain/result.ts'
import { displayProblem, windowSystem } from '../../core/machine/display.ts'
import { folders } from '../../core/machine/folders.ts'
import { userNamespaceProblem } from '../../core/machine/user-namespaces.ts'
import { fromCaller } from '../caller.ts'
import { cancelledBy, exitCodes, interruption } from '../interruption.ts'
import { assetsFolder, electronPackage } from '../setup/setup-in-terminal.ts'
import { setupView } from '../setup/setup-view.ts'
import { appErrorLines } from '../story/error-lines.ts'
import { paintFor } from '../story/paint.ts'
import { readableWidth, Thread } from '../story/thread.ts'
import { launchWindow } from './launch.ts'
import { ensureRunTime, findRunTime, type RunTime } from './runtime/runtime.ts'

export const windowUsage = `Usage: npm run window [-- RECORDING]

  Opens the story in a window, and a recording in it.
  What is missing is fetched first; the rest of the setup goes on in the window.`

/**
 * `npm run window`: makes the runtime ready, shown on stderr, and runs the window to its end. Returns the exit code; if
 * no window is possible and `otherwise` is given, says why and runs that instead.
 */
export async function runWindow(args: readonly string[], otherwise?: () => Promise<number>): Promise<number> {
  if (args.some((word) => word.startsWith('-'))) {
    process.stderr.write(`${windowUsage}\n`)
    return exitCodes.usage
  }
  const stop = interruption()
  let runTime: Result<RunTime>
  try {
    // Before half a gigabyte is fetched in vain.
    const problem = (await displayProblem(process.env)) ?? (await sandboxProblem(stop.signal))
    runTime = problem === undefined ? await runTimeInTerminal(stop.signal) : err(problem)
  } finally {
    stop.dispose()
  }
  const instead = (error: AppError, code: number): Promise<number> | number => {
    const thread = new Thread(paintFor(process.stderr, process.env), readableWidth(process.stderr.columns))
    process.stderr.write(`${appErrorLines(error, thread).join('\n')}\n`)
    return otherwise === undefined || stop.signal.aborted ? code : otherwise()
  }
  if (!runTime.ok) {
    return instead(runTime.error, stop.signal.aborted ? cancelledBy(stop.signal) : exitCodes.notAsExpected)
  }
  const { executable, version, forDevelopment } = runTime.value
  if (forDevelopment) process.stderr.write(`Runtime: Electron ${version}, for development only.\n`)
  const main = join(dirname(fileURLToPath(import.meta.url)), 'electron', 'main.cjs')
  const system = await windowSystem(process.env)
  const { code, failure } = await launchWindow(executable, { main, files: args.map(fromCaller), system })
  return failure === undefined ? code : instead(failure, code)
}

const where = () => ({ cache: folders().cache, assets: assetsFolder(), electronPackage: electronPackage() })

async function sandboxProblem(signal: AbortSignal): Promise<AppError | undefined> {
  const { runTime } = await findRunTime(where())
  return userNamespaceProblem(runTime?.executable, signal)
}

async function runTimeInTerminal(signal: AbortSignal): Promise<Result<RunTime>> {
  const view = setupView(process.stderr, process.env)
  return ensureRunTime({
    ...where(),
    node: process.execPath,
    report: view.report,
    signal,
  }).finally(view.close)
}
