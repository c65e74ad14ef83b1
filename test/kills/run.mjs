// Kills random processes of running stories, and checks the result (docs/testing.md).
//   node test/kills/run.mjs [--kills 10] [--seed 1] [--only KIND]
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { kinds, lives, ours } from './processes.mjs'
import { before, left, sessionFiles, watchContainers } from './traces.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
})
// Folders of its own: a process that is killed is found by them, and must not be one of a session of this user.
const base = mkdtempSync(join(tmpdir(), 'kills-'))
const env = { ...process.env, XDG_STATE_HOME: join(base, 'state'), XDG_RUNTIME_DIR: join(base, 'run') }
const state = join(env.XDG_STATE_HOME, 'sigstore-attestor')
const runtime = join(env.XDG_RUNTIME_DIR, 'sigstore-attestor')
const folders = [runtime, state]
const logs = join(base, 'logs')
for (const folder of [env.XDG_STATE_HOME, env.XDG_RUNTIME_DIR, logs]) mkdirSync(folder, { mode: 0o700 })

/** The death has to be named within this time. */
const namedWithinMs = 2_000
const storyWithinMs = 120_000
const scenarios = ['signed', 'signed', 'signed', 'tampered', 'unsigned', 'wrong-signer', 'borrowed-image']

/** The same numbers for the same seed (mulberry32). @param {number} seed */
function generator(seed) {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
const random = generator(Number(values.seed))
/** @template T @param {readonly T[]} list @returns {T} */
function oneOf(list) {
  const found = list[Math.floor(random() * list.length)]
  if (found === undefined) throw new Error('The list is empty.')
  return found
}

let count = 0
/** Starts a command of ours as a person does. @param {string[]} words */
function start(...words) {
  count += 1
  const file = join(logs, `${count}-${words[0]}.log`)
  const output = openSync(file, 'w')
  const child = spawn(process.execPath, [join(root, 'src/cli/bootstrap.cjs'), ...words], {
    cwd: root,
    env,
    stdio: ['ignore', output, output],
    detached: true,
  })
  /** @type {Promise<number | string>} */
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  return { pid: child.pid ?? -1, ended, file }
}

/** The events of the newest run that is not among the earlier ones. @param {ReadonlySet<string>} earlier */
function events(earlier) {
  const run = runs().find((name) => !earlier.has(name))
  if (run === undefined) return []
  return lines(join(state, 'runs', run, 'events.jsonl')).flatMap((line) => {
    try {
      return [JSON.parse(line)]
    } catch {
      return []
    }
  })
}
const runs = () => {
  try {
    return readdirSync(join(state, 'runs'))
  } catch {
    return []
  }
}
/** @param {string} file */
function lines(file) {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

/**
 * Kills one process of the kind in a story. Returns when, or undefined if it never saw one.
 * @param {string} name @param {{ pid: number, ended: Promise<unknown> }} story
 */
async function killOne(name, story) {
  const kind = kinds[name]
  if (kind === undefined) throw new Error(`There is no ${name}. There are: ${Object.keys(kinds).join(', ')}`)
  const over = new AbortController()
  void story.ended.then(() => over.abort())
  const wait = kind.short === true ? random() * 30 : random() * 3_000
  while (!over.signal.aborted) {
    const all = ours(story.pid, folders)
    const found = all.filter((each) => kind.is(each, all))
    const victim = found.length === 0 ? undefined : oneOf(found)
    if (victim === undefined) {
      await delay(kind.short === true ? 3 : 25)
      continue
    }
    await delay(wait)
    if (over.signal.aborted || !lives(victim)) continue
    // The processes that have to end when stage 0 does.
    const alive = ours(story.pid, folders)
    process.kill(victim.pid, 'SIGKILL')
    return { at: Date.now(), alive }
  }
  return undefined
}

/** Resolves when all of these processes have ended, or after a minute. @param {readonly import('./processes.mjs').Found[]} processes */
async function allEnded(processes) {
  const since = Date.now()
  while (processes.some(lives) && Date.now() - since < 60_000) await delay(100)
  return processes.filter(lives).map(({ pid, words }) => `${pid} still runs after a minute: ${words.join(' ')}`)
}

/** @typedef {{ killed: string, scenario: string, step: string, what: string, ms: string, wrong: string[] }} Row */

/** One story with one kill, and what follows. @param {string} name @returns {Promise<Row>} */
async function round(name) {
  const scenario = oneOf(scenarios)
  const earlier = new Set(runs())
  const story = start('story', '--scenario', scenario)
  const killed = await killOne(name, story)
  const code = await Promise.race([story.ended, delay(storyWithinMs, 'no end', { ref: false })])
  /** @type {string[]} */
  const wrong = []
  if (code === 'no end') wrong.push(`no end within ${storyWithinMs / 1000} s`)
  // Children of a process that we killed may still be stopping their own.
  if (name === 'stage 0') wrong.push(...(await allEnded(killed?.alive ?? [])))
  const reported = events(earlier)
  const text = lines(story.file)
  if (text.some((line) => /^\s+at .+:\d+:\d+\)?$/.test(line))) wrong.push('a stack trace')
  if (reported.some(({ error }) => error?.code === 'run.internal')) wrong.push('a bug of ours')
  const row = { killed: name, scenario, step: '-', what: 'not seen', ms: '-', wrong }
  if (killed !== undefined) Object.assign(row, outcome(name, killed.at, reported, code, wrong))
  if (name !== 'story')
    wrong.push(...(await left(then, folders)), ...sessionFiles(runtime).filter((file) => /lock|sock|key/.test(file)))
  if (random() < 0.3) {
    const cleaned = start('clean')
    if ((await cleaned.ended) !== 0) wrong.push(`clean failed: ${cleaned.file}`)
    wrong.push(...(await left(then, folders)).map((each) => `after clean: ${each}`))
  }
  const again = start('story', '--scenario', 'signed')
  const second = await Promise.race([again.ended, delay(storyWithinMs, 'no end', { ref: false })])
  if (second !== 0) wrong.push(`the next start ended with ${second}: ${again.file}`)
  wrong.push(...(await left(then, folders)).map((each) => `after the next start: ${each}`))
  if (wrong.length > 0) wrong.push(story.file)
  return row
}

/**
 * The run's result, and how long that took.
 * @param {string} name @param {number} at @param {any[]} reported @param {number | string} code @param {string[]} wrong
 */
function outcome(name, at, reported, code, wrong) {
  const started = reported.findLast((event) => event.type === 'step.started' && Date.parse(event.at) <= at)
  const step = started?.step ?? '-'
  const after = reported.filter((event) => Date.parse(event.at) >= at)
  const end = reported.find(({ type }) => type === 'run.finished')
  if (name === 'story') return { step, what: 'killed', ms: '-' }
  if (end === undefined) {
    if (reported.length > 0) wrong.push(`no run.finished, exit ${code}`)
    return { step, what: 'no end in the log', ms: '-' }
  }
  const bad = after.find(({ type, error }) => (type === 'step.failed' || type === 'run.finished') && error)
  if (bad === undefined) {
    if (name !== 'stage 0' && (end.ok !== true || code !== 0))
      wrong.push(`${end.outcome}, exit ${code}, without a reason`)
    return { step, what: `went on: ${end.outcome}`, ms: '-' }
  }
  const ms = Date.parse(bad.at) - at
  if (ms > namedWithinMs) wrong.push(`named after ${ms} ms`)
  const { named } = kinds[name] ?? {}
  if (named !== undefined && !named.test(JSON.stringify(bad.error))) wrong.push(`not named: ${bad.error.what}`)
  if (code !== 1 && name !== 'stage 0') wrong.push(`exit ${code}`)
  return { step, what: bad.error.what, ms: String(ms) }
}

const names = values.only === undefined ? Object.keys(kinds) : values.only.split(',')
const then = before()
watchContainers(state)
/** @type {Row[]} */
const rows = []
for (let at = 0; at < Number(values.kills); at += 1) {
  // Each kind as often as the others, in a random order.
  const row = await round(names.length > 1 && at < names.length ? (names[at] ?? 'story') : oneOf(names))
  rows.push(row)
  const { killed, scenario, step, what, ms, wrong } = row
  process.stdout.write(
    `${String(at + 1).padStart(3)} ${killed.padEnd(20)} ${scenario.padEnd(15)} ${step.padEnd(13)} ${ms.padStart(5)}  ${what}\n`,
  )
  for (const each of wrong) process.stdout.write(`      WRONG: ${each}\n`)
}
const cleaned = start('clean')
const end = [
  ...((await cleaned.ended) === 0 ? [] : [`clean failed: ${cleaned.file}`]),
  ...(await left(then, folders)),
  ...folders.flatMap(sessionFiles),
]
for (const each of end) process.stdout.write(`LEFT AT THE END: ${each}\n`)
const bad = rows.filter(({ wrong }) => wrong.length > 0).length
const times = rows.map(({ ms }) => Number(ms)).filter((ms) => !Number.isNaN(ms))
process.stdout.write(
  `${rows.length} kills, seed ${values.seed}: ${rows.filter(({ what }) => what !== 'not seen').length} done, ` +
    `${bad} with violations, ${end.length} things left, named after at most ${Math.max(0, ...times)} ms; logs in ${logs}\n`,
)
process.exitCode = bad === 0 && end.length === 0 ? 0 : 1
