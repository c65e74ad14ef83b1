import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { app, type BrowserWindow } from 'electron'
import { startApp } from '../../electron/main/start-app.ts'
import { parseRecording } from '../../src/core/contract/recording.ts'
import { type Handlers, type Server, serve } from '../../src/core/contract/server.ts'
import { appError } from '../../src/core/domain/app-error.ts'
import { err, ok } from '../../src/core/domain/result.ts'
import { finder, shownLine } from '../../src/core/domain/visible-text.ts'
import { batches } from '../../src/core/orchestrator/host/batches.ts'
import type { RunEvent } from '../../src/core/workflow/events.ts'
import { sandboxProfile } from '../../src/core/workflow/profile.ts'

// The window as it is built, over an engine in memory with the host's batching: it measures the way from an event to
// the screen, and a log of a hundred thousand lines. Prints one line of JSON and ends.

const folder = process.env['BENCH_FOLDER'] ?? ''
const dist = process.env['BENCH_DIST'] ?? ''
const recording = process.env['BENCH_RECORDING'] ?? ''
const parsed = parseRecording(readFileSync(recording, 'utf8'))
if (!parsed.ok) throw new Error(parsed.error.what)
const events: readonly RunEvent[] = parsed.value.events
const until = events.findIndex((event) => event.type === 'step.started' && event.step === 'build')
const begun = events.slice(0, until + 1)
const runId = begun[0]?.runId ?? ''
const lines: string[] = []
const lineOf = (number: number): string =>
  `\u001b[2m2026-11-21T12:00:00Z\u001b[0m \u001b[32mINFO\u001b[0m step ${number} of a build that says much: ${'layer '.repeat(number % 12)}`

const no = err(appError('run.unknown', 'Not here.', 'Measure only.'))
const handlers = new Proxy(
  {
    getLog: ({ from, count }) => ok({ lines: lines.slice(from, from + count), total: lines.length }),
    findInLog: ({ text, from }) => {
      const find = finder(text)
      const searched = Math.min(lines.length, from + 10_000)
      const found = lines
        .slice(from, searched)
        .flatMap((line, at) => (shownLine(line).search(find) < 0 ? [] : [from + at]))
      return ok({ lines: found, searched })
    },
  } satisfies Partial<Handlers>,
  { get: (target, name) => Reflect.get(target, name) ?? (() => no) },
) as Handlers

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function print(server: Server, count: number): void {
  const from = lines.length
  for (let more = 0; more < count; more += 1) lines.push(lineOf(from + more))
  for (let at = from; at < lines.length; at += 500) {
    server.publish({ kind: 'log', runId, step: 'build', from: at, lines: lines.slice(at, at + 500) })
  }
}

async function measure(window: BrowserWindow, server: Server) {
  const run = <T>(call: string): Promise<T> => window.webContents.executeJavaScript(call)
  await run(`${readFileSync(process.env['BENCH_IN_PAGE'] ?? '', 'utf8')}; true`)
  const frames = (call: string) => run<number[]>(`bench.${call}`)
  const heap = () => run<number>('bench.heap()')
  await run("bench.appears('h1')")
  const heapEmpty = await heap()
  const idle = await frames('frames(2000)')

  const published: number[] = []
  const seen = frames('seenTimes(250)')
  await pause(300)
  for (let number = 0; number < 250; number += 1) {
    // The test's interval must not be in phase with that of the batches.
    await pause(20 + ((number * 37) % 90))
    published.push(Date.now())
    const event = { type: 'step.progressed', step: 'build', progress: { kind: 'unknown', label: `event-${number}.` } }
    server.publish({
      kind: 'event',
      event: { ...event, seq: begun.length + 1 + number, at: new Date().toISOString(), runId } as never,
    })
  }
  const paints = (await seen).map((at, number) => at - (published[number] ?? 0))

  print(server, 100_000)
  await run("bench.press('.footer-log')")
  await run("bench.appears('.log-line')")
  await pause(1_000)
  const elements = await run<number>('bench.elements()')
  const heapLog = await heap()
  const scrolling = await frames('scrolledFrames(4000, 45)')
  const jumping = await frames('scrolledFrames(4000, 9973)')
  await run("bench.press('.log-end')")
  // As the host does: what was written within 60 ms is reported at once. 5,000 lines a second.
  const printer = setInterval(() => print(server, 300), 60)
  await pause(500)
  const following = await frames('frames(4000)')
  clearInterval(printer)
  await pause(500)
  const heapFollowed = await heap()
  return {
    idle,
    paints,
    elements,
    scrolling,
    jumping,
    following,
    heapEmpty,
    heapLog,
    heapFollowed,
    lines: lines.length,
  }
}

app.commandLine.appendSwitch('js-flags', '--expose-gc')
app.commandLine.appendSwitch('enable-precise-memory-info')
app.on('browser-window-created', (_event, window) => {
  window.webContents.once('dom-ready', () => {
    setTimeout(() => {
      process.stderr.write('Nothing more is seen in the page.\n')
      app.exit(1)
    }, 180_000).unref()
    void measure(window, server).then(
      (measured) => {
        process.stdout.write(`bench measured ${JSON.stringify(measured)}\n`)
        app.exit(0)
      },
      (thrown: unknown) => {
        process.stderr.write(`${thrown instanceof Error ? thrown.stack : String(thrown)}\n`)
        app.exit(1)
      },
    )
  })
})

let server: Server
if (!existsSync(dist)) throw new Error('BENCH_DIST is not there')
startApp({
  version: '0.0.0-bench',
  electron: process.versions.electron,
  files: [],
  userData: join(folder, 'user-data'),
  places: { state: folder, cache: folder },
  page: join(dist, 'renderer'),
  presenterPreload: '',
  preload: join(dist, 'electron', 'preload.cjs'),
  openEngine: ({ about }) => {
    server = serve(
      handlers,
      () => ({
        about,
        profile: sandboxProfile,
        machine: { state: 'ready' },
        setup: [],
        services: [],
        runs: [begun],
        leftovers: null,
      }),
      { later: batches(50), onBug: (thrown) => process.stderr.write(`${String(thrown)}\n`) },
    )
    return { server, close: () => Promise.resolve([]) }
  },
})
