import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import { displayProblem } from '../../core/machine/display.ts'
import { folders } from '../../core/machine/folders.ts'
import { assetsFolder, electronPackage } from '../setup/setup-in-terminal.ts'
import { ensureRunTime } from '../window/runtime/runtime.ts'
import { virtualDisplay } from '../window/virtual-display.ts'
import { must } from './bench-error.ts'
import { median, percentile, spread } from './statistics.ts'

const dist = dirname(fileURLToPath(import.meta.url))
/** What runs inside the runtime; it is not part of the program and belongs to the tests. */
const inRunTime = join(dist, '..', 'test', 'bench')

/**
 * Measures the window on real Electron, on a virtual display if there is none: from its start until it can be used,
 * against an empty window of the same runtime; from an event until it is on the screen; a log of a hundred thousand
 * lines; and the size of the page. Does not judge the results. Calls back with each row of the table.
 */
export async function measureWindow(
  rounds: number,
  signal: AbortSignal,
  row: (what: string, value: string) => void,
): Promise<void> {
  const runTime = await ensureRunTime({
    cache: folders().cache,
    assets: assetsFolder(),
    electronPackage: electronPackage(),
    node: process.execPath,
    report: () => undefined,
    signal,
  })
  const { executable, version } = must(runTime)
  const display = (await displayProblem(process.env)) === undefined ? undefined : await virtualDisplay()
  const scratch = await mkdtemp(join(tmpdir(), 'window-bench-'))
  const env = { ...process.env, ...(display === undefined ? {} : { DISPLAY: display.name }) }
  const start = (main: string, more: NodeJS.ProcessEnv): Program =>
    program(executable, main, { ...env, ...more }, signal)
  try {
    row('window: runtime', `Electron ${version}${display === undefined ? '' : ', on an X server without a screen'}`)
    await pageSize(row)
    await starts(Math.min(rounds, 7), scratch, start, signal, row)
    if (!signal.aborted) await eventsAndLog(scratch, start, row)
  } finally {
    await display?.stop()
    await rm(scratch, { recursive: true, force: true })
  }
}

type Row = (what: string, value: string) => void
type Start = (main: string, more: NodeJS.ProcessEnv) => Program

/** A program in the runtime, and its messages to the bench. */
interface Program {
  /** The rest of the next line on stdout that begins with this word. */
  readonly says: (word: string) => Promise<string>
  readonly stop: () => Promise<void>
}

function program(executable: string, main: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Program {
  const root = process.getuid?.() === 0
  const child: ChildProcess = spawn(
    executable,
    [...(root ? ['--no-sandbox'] : []), main, '--disable-gpu', `--node=${process.execPath}`],
    { env, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const said: string[] = []
  const waiting = new Map<string, (rest: string) => void>()
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes')
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [bench, word = '', ...rest] = line.split(' ')
    if (bench === 'bench') waiting.get(word)?.(rest.join(' '))
  })
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const stop = (): Promise<void> => {
    child.kill('SIGTERM')
    return ended
  }
  const abort = (): void => void stop()
  signal.addEventListener('abort', abort, { once: true })
  void ended.then(() => signal.removeEventListener('abort', abort))
  return {
    says: (word) =>
      new Promise((resolve, reject) => {
        waiting.set(word, resolve)
        void ended.then(() => reject(new Error(`The program under measure ended:\n${said.slice(-20).join('\n')}`)))
      }),
    stop,
  }
}

/** Alternating, so that both see the same machine. */
async function starts(rounds: number, scratch: string, start: Start, signal: AbortSignal, row: Row): Promise<void> {
  const [shown, usable, empty]: [number[], number[], number[]] = [[], [], []]
  // The first start of each fills the caches of the machine, and does not count.
  for (let round = -1; round < rounds && !signal.aborted; round += 1) {
    for (const ours of [false, true]) {
      const home = join(scratch, `start-${round}-${ours}`)
      const began = performance.now()
      const window = start(join(inRunTime, 'start.cjs'), {
        XDG_STATE_HOME: join(home, 'state'),
        XDG_CONFIG_HOME: join(home, 'config'),
        BENCH_USER_DATA: join(home, 'user-data'),
        ...(ours ? { BENCH_MAIN: join(dist, 'electron', 'main.cjs') } : {}),
      })
      const first = window.says('shown').then(() => performance.now() - began)
      const last = window.says('usable').then(() => performance.now() - began)
      const [toShown, toUsable] = await Promise.all([first, last])
      await window.stop()
      if (round < 0) continue
      if (ours) {
        shown.push(toShown)
        usable.push(toUsable)
      } else empty.push(toUsable)
    }
  }
  if (empty.length === 0 || usable.length < empty.length) return
  const ratio = (times: number[]): string => (median(times) / median(empty)).toFixed(2)
  row('window: an empty one, start to drawn', spread(empty))
  row('window: ours, start to its first page', `${spread(shown)}, ${ratio(shown)} of the empty one`)
  row('window: ours, start to a story that can be started', `${spread(usable)}, ${ratio(usable)} of the empty one`)
}

const times = z.array(z.number()).min(1)
const measuredSchema = z.object({
  idle: times,
  paints: times,
  elements: z.number(),
  scrolling: times,
  jumping: times,
  following: times,
  heapEmpty: z.number(),
  heapLog: z.number(),
  heapFollowed: z.number(),
  lines: z.number(),
})

async function eventsAndLog(scratch: string, start: Start, row: Row): Promise<void> {
  const { build } = await import('esbuild')
  const main = join(scratch, 'window.cjs')
  await build({
    entryPoints: [join(inRunTime, 'window.ts')],
    outfile: main,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['electron', '*.node'],
    logLevel: 'warning',
  })
  const window = start(main, {
    BENCH_FOLDER: scratch,
    BENCH_DIST: dist,
    BENCH_IN_PAGE: join(inRunTime, 'in-page.js'),
    BENCH_RECORDING: join(dist, '..', 'test', 'renderer', 'recordings', 'signed.jsonl'),
  })
  const measured = measuredSchema.parse(JSON.parse(await window.says('measured')))
  await window.stop()
  const { idle, paints, elements, scrolling, jumping, following, heapEmpty, heapLog, heapFollowed, lines } = measured
  row('event to paint', tail(paints))
  row('frames, nothing happens', tail(idle))
  const than = (times: readonly number[]): string =>
    `${tail(times)}, p95 ${(percentile(times, 95) / percentile(idle, 95)).toFixed(2)} of idle`
  row('frames, 100,000 lines, scrolled line by line', than(scrolling))
  row('frames, 100,000 lines, scrolled 500 lines a frame', than(jumping))
  row('frames, 5,000 lines a second, followed', than(following))
  row('elements of the log in the document', String(elements))
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
  row(
    'JS heap: no log, 100,000 lines, after all this',
    `${mb(heapEmpty)}, ${mb(heapLog)}, ${mb(heapFollowed)} (${lines} lines)`,
  )
}

const tail = (times: readonly number[]): string =>
  `p50 ${percentile(times, 50).toFixed(1)} ms, p95 ${percentile(times, 95).toFixed(1)} ms, max ${Math.max(...times).toFixed(0)} ms (n=${times.length})`

/** The page's code and styles as built, and compressed. */
async function pageSize(row: Row): Promise<void> {
  const folder = join(dist, 'renderer', 'assets')
  for (const kind of ['.js', '.css']) {
    const names = (await readdir(folder)).filter((name) => name.endsWith(kind))
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name))))
    const [raw, gzip] = [texts, texts.map((text) => gzipSync(text, { level: 9 }))].map((all) =>
      all.reduce((sum, { length }) => sum + length, 0),
    )
    row(`page, ${kind}`, `${((raw ?? 0) / 1000).toFixed(0)} kB, ${((gzip ?? 0) / 1000).toFixed(0)} kB gzip`)
  }
}
