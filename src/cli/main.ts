import '../core/process/close-inspector.ts'
import '../core/process/umask.ts'
import { nearestWord } from '../core/domain/nearest-word.ts'
import { checkTemporaryDirectory } from '../core/machine/environment.ts'
import { folders } from '../core/machine/folders.ts'
import { checkOwnFolders } from '../core/machine/own-folders.ts'
import { exitCodes } from './interruption.ts'
import { refuse } from './refuse.ts'

interface Command {
  /** Returns the exit code. */
  readonly run: (args: readonly string[]) => Promise<number>
  readonly usage: string
  /** Reports unusable folders itself, among other problems. */
  readonly listsFolders?: true
}

/** The commands behind the npm scripts. Each loads only what it needs: half of a short command's time is loading. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => ({
    run: (await import('./start.ts')).runStart,
    usage: (await import('./story/arguments.ts')).storyUsage,
  }),
  story: async () => ({
    run: (await import('./story/story.ts')).runStory,
    usage: (await import('./story/arguments.ts')).storyUsage,
  }),
  setup: async () => {
    const { runSetup, setupUsage } = await import('./setup/setup-in-terminal.ts')
    return { run: runSetup, usage: setupUsage }
  },
  doctor: async () => {
    const { runDoctor, doctorUsage } = await import('./setup/doctor.ts')
    return { run: runDoctor, usage: doctorUsage, listsFolders: true }
  },
  clean: async () => {
    const { runClean, cleanUsage } = await import('./clean.ts')
    return { run: runClean, usage: cleanUsage }
  },
  bench: async () => {
    const { runBench, benchUsage } = await import('./bench/bench.ts')
    return { run: runBench, usage: benchUsage }
  },
  window: async () => {
    const { runWindow, windowUsage } = await import('./window/window.ts')
    return { run: runWindow, usage: windowUsage }
  },
  package: async () => {
    const { runPackage, packageUsage } = await import('./package/package.ts')
    return { run: runPackage, usage: packageUsage }
  },
  'build:attestor-image': async () => {
    const { runAttestorImage, attestorImageUsage } = await import('./attestor-image/attestor-image.ts')
    return { run: runAttestorImage, usage: attestorImageUsage }
  },
  record: async () => {
    const { runRecord, recordUsage } = await import('./record/record.ts')
    return { run: runRecord, usage: recordUsage }
  },
  'tools:update': async () => {
    const { runToolsUpdate, toolsUpdateUsage } = await import('./tools-update/tools-update.ts')
    return { run: runToolsUpdate, usage: toolsUpdateUsage }
  },
  test: async () => {
    const { runTest, testUsage } = await import('./test/test.ts')
    return { run: runTest, usage: testUsage }
  },
}

const [name = '', ...args] = process.argv.slice(2)
const names = Object.keys(commands)
const command = names.includes(name) ? await commands[name]?.() : undefined
if (command === undefined) {
  const nearest = nearestWord(name, names)
  const hint = nearest === undefined ? '' : ` Is "${nearest}" meant?`
  process.stderr.write(`Unknown command ${JSON.stringify(name)}.${hint} There are: ${names.join(', ')}.\n`)
  process.exitCode = exitCodes.usage
} else if (args.includes('--help') || args.includes('-h')) {
  // Checked for all of them here, so that asking for help never does the work.
  process.stdout.write(`${command.usage}\n`)
} else {
  // Before anything is read from our folders: another user who can write there would control what happens.
  const temporary = checkTemporaryDirectory()
  const own = temporary.ok && command.listsFolders !== true ? checkOwnFolders(folders(), { make: false }) : temporary
  process.exitCode = own.ok ? await command.run(args) : refuse(own.error, args.includes('--json'))
}
