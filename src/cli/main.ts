import '../core/process/close-inspector.ts'
import { runBench } from './bench/bench.ts'
import { runClean } from './clean.ts'
import { exitCodes } from './interruption.ts'
import { runPackage } from './package/package.ts'
import { runRecord } from './record/record.ts'
import { runDoctor } from './setup/doctor.ts'
import { runSetup } from './setup/setup-in-terminal.ts'
import { runStart } from './start.ts'
import { runStory } from './story/story.ts'
import { runWindow } from './window/window.ts'

/** The commands behind the npm scripts. Each answers its exit code. */
const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  start: runStart,
  story: runStory,
  setup: runSetup,
  doctor: runDoctor,
  clean: runClean,
  bench: runBench,
  window: runWindow,
  package: runPackage,
  record: runRecord,
}

const [name = '', ...args] = process.argv.slice(2)
const command = commands[name]
if (command === undefined) {
  process.stderr.write(`Unknown command ${JSON.stringify(name)}. There are: ${Object.keys(commands).join(', ')}.\n`)
  process.exitCode = exitCodes.usage
} else {
  process.exitCode = await command(args)
}
