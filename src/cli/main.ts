import '../core/process/close-inspector.ts'
import '../core/process/umask.ts'
import { nearestWord } from '../core/domain/nearest-word.ts'
import { checkTemporaryDirectory } from '../core/machine/environment.ts'
import { folders } from '../core/machine/folders.ts'
import { checkOwnFolders } from '../core/machine/own-folders.ts'
import { benchUsage, runBench } from './bench/bench.ts'
import { cleanUsage, runClean } from './clean.ts'
import { exitCodes } from './interruption.ts'
import { packageUsage, runPackage } from './package/package.ts'
import { recordUsage, runRecord } from './record/record.ts'
import { refuse } from './refuse.ts'
import { doctorUsage, runDoctor } from './setup/doctor.ts'
import { runSetup, setupUsage } from './setup/setup-in-terminal.ts'
import { runStart } from './start.ts'
import { storyUsage } from './story/arguments.ts'
import { runStory } from './story/story.ts'
import { runTest, testUsage } from './test/test.ts'
import { runToolsUpdate, toolsUpdateUsage } from './tools-update/tools-update.ts'
import { runWindow, windowUsage } from './window/window.ts'

interface Command {
  /** Returns the exit code. */
  readonly run: (args: readonly string[]) => Promise<number>
  readonly usage: string
  /** Reports unusable folders itself, among other problems. */
  readonly listsFolders?: true
}

/** The commands behind the npm scripts. */
const commands: Readonly<Record<string, Command>> = {
  start: { run: runStart, usage: storyUsage },
  story: { run: runStory, usage: storyUsage },
  setup: { run: runSetup, usage: setupUsage },
  doctor: { run: runDoctor, usage: doctorUsage, listsFolders: true },
  clean: { run: runClean, usage: cleanUsage },
  bench: { run: runBench, usage: benchUsage },
  window: { run: runWindow, usage: windowUsage },
  package: { run: runPackage, usage: packageUsage },
  record: { run: runRecord, usage: recordUsage },
  'tools:update': { run: runToolsUpdate, usage: toolsUpdateUsage },
  test: { run: runTest, usage: testUsage },
}

const [name = '', ...args] = process.argv.slice(2)
const names = Object.keys(commands)
const command = names.includes(name) ? commands[name] : undefined
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
