import { parseArgs } from 'node:util'
import { isChosen } from '../../core/containers/engine/chosen-engine.ts'
import { findEngine } from '../../core/containers/engine/find-engine.ts'
import { displayProblem } from '../../core/machine/display.ts'
import { folders } from '../../core/machine/folders.ts'
import { networkProblems } from '../../core/machine/network-checks.ts'
import { sessionStands } from '../../core/machine/session-lock.ts'
import { userNamespaceProblem } from '../../core/machine/user-namespaces.ts'
import { timestampMetrics } from '../../core/sandbox/service-specs.ts'
import { examineTools } from '../../core/tools/cache/examine.ts'
import { findRunTime } from '../../core/tools/electron/electron-run-time.ts'
import { findDockerd, withoutEngine } from '../../core/tools/setup/engine-program.ts'
import { cancelledBy, exitCodes, interruption } from '../interruption.ts'
import { appErrorLines } from '../story/error-lines.ts'
import { paintFor } from '../story/paint.ts'
import { readableWidth, Thread } from '../story/thread.ts'
import { runDoctorOfProfile } from './doctor-profile.ts'
import { type DoctorReport, doctorText, type EngineReport, engineFine, openPorts } from './doctor-report.ts'
import { assetsFolder, electronPackage } from './setup-in-terminal.ts'

export const doctorUsage = `Usage: npm run doctor [-- --json] [--profile NAME]

  Lists each external program with path, source, hash and the version that the binary itself reports.
  --json           print one JSON object on stdout, and nothing else
  --profile NAME   look at the services of a profile instead (docs/profiles.md); nothing is signed`

/** `npm run doctor`: looks, changes nothing. Exit code 0 when nothing is wrong, 1 when something is. */
export async function runDoctor(args: readonly string[]): Promise<number> {
  let json: boolean
  let profile: string | undefined
  try {
    const options = { json: { type: 'boolean', default: false }, profile: { type: 'string' } } as const
    ;({ json, profile } = parseArgs({ args: [...args], options }).values)
  } catch {
    process.stderr.write(`${doctorUsage}\n`)
    return exitCodes.usage
  }
  if (profile !== undefined) return runDoctorOfProfile(profile, json)
  const { signal, dispose } = interruption()
  try {
    const here = folders()
    const held = sessionStands(here.runtime) === 'held'
    const [tools, engine, window, problems, display] = await Promise.all([
      examineTools({ folders: here, assets: assetsFolder(), signal }),
      engineReport(signal),
      findRunTime({ cache: here.cache, assets: assetsFolder(), electronPackage: electronPackage() }),
      networkProblems(held ? null : timestampMetrics),
      displayProblem(process.env),
    ])
    const namespaces = await userNamespaceProblem(window.runTime?.executable, signal)
    if (signal.aborted) return cancelledBy(signal)
    if (!tools.ok) {
      const thread = new Thread(paintFor(process.stderr, process.env), readableWidth(process.stderr.columns))
      process.stderr.write(`${appErrorLines(tools.error, thread).join('\n')}\n`)
      if (json) process.stdout.write(`${JSON.stringify({ version: 1, ok: false, error: tools.error }, null, 2)}\n`)
      return exitCodes.notAsExpected
    }
    const fine =
      engineFine(engine) &&
      problems.length === 0 &&
      window.rejected === undefined &&
      tools.value.every(({ problems }) => problems.length === 0)
    const node = `${process.version} ${process.execPath}`
    const report: DoctorReport = {
      version: 1,
      ok: fine,
      node,
      tools: tools.value,
      engine,
      window: window.runTime ?? null,
      windowRejected: window.rejected ?? null,
      windowLacks: [display, namespaces].filter((problem) => problem !== undefined),
      folders: here,
      problems,
      openPorts,
    }
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : doctorText(report))
    return fine ? exitCodes.ok : exitCodes.notAsExpected
  } finally {
    dispose()
  }
}

async function engineReport(signal: AbortSignal): Promise<EngineReport> {
  const engine = await findEngine({ signal })
  if (engine.ok) {
    const { name, version, socket } = engine.value
    return { state: 'answers', name, version, socket }
  }
  const program = await findDockerd(process.env['PATH'])
  if (process.getuid?.() === 0 && program !== undefined && !isChosen(process.env))
    return { state: 'can be started', program }
  // As setup says.
  const error = isChosen(process.env) ? engine.error : withoutEngine(engine.error)
  return { state: 'missing', found: error.found ?? error.what, remedy: error.remedy }
}
