import { parseArgs } from 'node:util'
import { isChosen } from '../../core/containers/engine/chosen-engine.ts'
import { findEngine } from '../../core/containers/engine/find-engine.ts'
import { ok } from '../../core/domain/result.ts'
import { displayProblem } from '../../core/machine/display.ts'
import { type Folders, folders } from '../../core/machine/folders.ts'
import { networkProblems } from '../../core/machine/network-checks.ts'
import { checkOwnFolders, folderProblems } from '../../core/machine/own-folders.ts'
import { rightsProblem } from '../../core/machine/rights.ts'
import { sessionStatus } from '../../core/machine/session-lock.ts'
import { userNamespaceProblem } from '../../core/machine/user-namespaces.ts'
import { timestampMetrics } from '../../core/sandbox/service-specs.ts'
import { examineTools } from '../../core/tools/cache/examine.ts'
import { findDockerd, withoutEngine } from '../../core/tools/setup/engine-program.ts'
import { cancelledBy, exitCodes, interruption } from '../interruption.ts'
import { refuse } from '../refuse.ts'
import { findRunTime } from '../window/runtime/runtime.ts'
import { runDoctorOfProfile } from './doctor-profile.ts'
import { type DoctorReport, doctorText, type EngineReport, engineFine, openPorts } from './doctor-report.ts'
import { ownContainerProblem } from './own-container.ts'
import { assetsFolder, electronPackage } from './setup-in-terminal.ts'

export const doctorUsage = `Usage: npm run doctor [-- --json] [--profile NAME]

  Lists each external program with path, source, hash and the version that the binary itself reports.
  --json           print one JSON object on stdout, and nothing else
  --profile NAME   look at the services of a profile instead (docs/profiles.md); nothing is signed`

/** `npm run doctor`: checks, changes nothing. Exit code 0 when nothing is wrong, 1 when something is. */
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
  const here = folders()
  if (profile !== undefined) {
    const own = checkOwnFolders(here, { make: false })
    return own.ok ? runDoctorOfProfile(profile, json) : refuse(own.error, json)
  }
  const { signal, dispose } = interruption()
  try {
    const unusable = folderProblems(here)
    const denied = (...names: (keyof Folders)[]): boolean =>
      unusable.some((each) => each.denied && names.includes(each.name))
    const held = sessionStatus(here.runtime, here.state) === 'held'
    const [tools, engine, window, network, display] = await Promise.all([
      // What lies there names programs, which are run.
      denied('cache', 'config') ? ok([]) : examineTools({ folders: here, assets: assetsFolder(), signal }),
      engineReport(signal),
      denied('cache')
        ? noRunTime
        : findRunTime({ cache: here.cache, assets: assetsFolder(), electronPackage: electronPackage() }),
      networkProblems(held ? null : timestampMetrics),
      displayProblem(process.env),
    ])
    const nested = engine.state === 'answers' ? await ownContainerProblem(engine.socket, signal) : undefined
    const machine = [rightsProblem(), nested].filter((problem) => problem !== undefined)
    const namespaces = await userNamespaceProblem(window.runTime?.executable, signal)
    if (signal.aborted) return cancelledBy(signal)
    const examined = tools.ok ? tools.value : []
    const complete = examined.length > 0 && examined.every((each) => each.problems.length === 0)
    // With every program there, nothing has to be written to the cache.
    const mattering = unusable.filter(({ name, denied }) => denied || name !== 'cache' || !complete)
    // A user without a home has one problem, not one per folder.
    const byWhat = new Map(mattering.map(({ error }) => [error.what, error]))
    const problems = [...(tools.ok ? [] : [tools.error]), ...byWhat.values(), ...network, ...machine]
    const fine = engineFine(engine) && problems.length === 0 && window.rejected === undefined && complete
    const node = `${process.version} ${process.execPath}`
    const report: DoctorReport = {
      version: 1,
      ok: fine,
      node,
      tools: examined,
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

const noRunTime: Awaited<ReturnType<typeof findRunTime>> = {}

async function engineReport(signal: AbortSignal): Promise<EngineReport> {
  const engine = await findEngine({ signal })
  if (engine.ok) {
    const { name, version, socket } = engine.value
    return { state: 'answers', name, version, socket }
  }
  const program = await findDockerd(process.env['PATH'])
  if (process.getuid?.() === 0 && program !== undefined && !isChosen(process.env))
    return { state: 'can be started', program }
  // As setup reports it.
  const error = isChosen(process.env) ? engine.error : withoutEngine(engine.error)
  return { state: 'missing', error }
}
