import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Result } from '../../core/domain/result.ts'
import { ok } from '../../core/domain/result.ts'
import { type Folders, folders } from '../../core/machine/folders.ts'
import { type SetUpOptions, setUp, setUpKubernetes } from '../../core/tools/setup/set-up.ts'
import { type ToolPaths, toolPaths } from '../../core/tools/tool.ts'
import { cancelledBy, exitCodes, interruption } from '../interruption.ts'
import { appErrorLines } from '../story/error-lines.ts'
import { paintFor } from '../story/paint.ts'
import { readableWidth, Thread } from '../story/thread.ts'
import { setupView } from './setup-view.ts'

/** This program's assets: beside the folder with its bundle. */
export const assetsFolder = (): string => join(dirname(fileURLToPath(import.meta.url)), '..', 'assets')

/** Where the pinned npm package electron lies. */
export const electronPackage = (): string => createRequire(import.meta.url).resolve('electron/package.json')

interface Terminal {
  readonly folders: Folders
  readonly signal: AbortSignal
}

/** Makes the external programs ready, shown on stderr, and returns their paths. */
export async function setUpInTerminal(options: Terminal): Promise<Result<ToolPaths>> {
  const tools = await shown(options, setUp)
  return tools.ok ? ok(toolPaths(tools.value)) : tools
}

/** The same for the programs of a cluster, which only its tests need. */
export const setUpKubernetesInTerminal = (options: Terminal): Promise<Result<unknown>> =>
  shown(options, setUpKubernetes)

/** Runs a setup, and shows on stderr what it does. */
async function shown<T extends object>(
  options: Terminal,
  run: (options: SetUpOptions) => Promise<Result<T>>,
): Promise<Result<T>> {
  const started = performance.now()
  const view = setupView(process.stderr, process.env)
  let made = 0
  const tools = await run({
    ...options,
    assets: assetsFolder(),
    report: (event) => {
      if (event.type === 'program.started') made++
      view.report(event)
    },
  }).finally(view.close)
  if (!tools.ok) return tools
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const all = Object.keys(tools.value).length
  process.stderr.write(
    `${all} external programs ready, ${made === 0 ? 'nothing was missing' : `${made} made now`} (${seconds} s).\n`,
  )
  return tools
}

export const setupUsage = `Usage: npm run setup

  Makes ready what the story needs: the external programs, and a container engine where none answers and we are root.`

/** `npm run setup`: makes ready what the story needs, and reports what failed. */
export async function runSetup(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    process.stderr.write(`${setupUsage}\n`)
    return exitCodes.usage
  }
  const { signal, dispose } = interruption()
  try {
    const tools = await setUpInTerminal({ folders: folders(), signal })
    if (tools.ok) return exitCodes.ok
    const thread = new Thread(paintFor(process.stderr, process.env), readableWidth(process.stderr.columns))
    process.stderr.write(`${appErrorLines(tools.error, thread).join('\n')}\n`)
    return signal.aborted ? cancelledBy(signal) : exitCodes.notAsExpected
  } finally {
    dispose()
  }
}
