import { lstatSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findEngine } from '../../core/containers/engine/find-engine.ts'
import { unmountBelow } from '../../core/containers/mounts.ts'
import { folders } from '../../core/machine/folders.ts'
import { describeEnding, runCommand, succeeded } from '../../core/process/command.ts'
import { signalProcess } from '../../core/process/leftovers.ts'

/**
 * A network namespace with folders of its own, so that a sandbox in it has the fixed port of its timestamp authority
 * for itself. The container engine that tests start in it is its own as well. Mounts and processes are the machine's, as
 * the engine needs its cgroups.
 */
export interface Lane {
  readonly name: string
  /** The words that precede a program and its arguments. */
  readonly enter: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Ends everything in it, so that a job that failed leaves nothing to the next. */
  readonly clear: () => Promise<void>
  /** Ends everything in it and removes it. */
  readonly remove: () => Promise<void>
}

const prefix = 'sigstore-attestor-lane-'
/** Reserved for benchmarks (RFC 2544), so it is not in use. Not a private one: cosign rejects login servers at those. */
const address = '198.18.0.1/30'

/** Why no lanes can be made on this machine; undefined when they can. */
export async function noLanes(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'only root can make network namespaces'
  for (const program of ['ip', 'nsenter']) {
    if ((await run(program, ['-V'])) !== undefined) return `there is no ${program}: apt-get install iproute2 util-linux`
  }
  // It is outside of the lanes, so it could not push to a registry in one.
  if ((await findEngine({})).ok) return 'a container engine answers already, and the tests have to use that one'
  return undefined
}

/** Creates a lane. A string is the reason why this machine does not allow it. */
export async function makeLane(number: number): Promise<Lane | string> {
  await removeStale()
  const name = `${prefix}${process.pid}-${number}`
  const base = await mkdtemp(join(tmpdir(), folderPrefix(name)))
  const lane: Lane = {
    name,
    enter: ['nsenter', `--net=/run/netns/${name}`],
    env: {
      HOME: join(base, 'home'),
      XDG_CACHE_HOME: dirname(folders().cache),
      XDG_CONFIG_HOME: join(base, 'config'),
      XDG_STATE_HOME: join(base, 'state'),
      XDG_RUNTIME_DIR: join(base, 'run'),
      TMPDIR: join(base, 't'),
    },
    clear: () => endAllIn(name),
    remove: () => removeLane(name, base),
  }
  // Tests act as other users, who have to get through.
  await chmod(base, 0o755)
  for (const folder of ['home', 'config', 'state', 'run']) await mkdir(join(base, folder), { mode: 0o700 })
  await mkdir(join(base, 't'))
  await chmod(join(base, 't'), 0o1777)
  const steps = [
    ['netns', 'add', name],
    ['-n', name, 'link', 'set', 'lo', 'up'],
    // An address that is not loopback, where registries are checked as if they were elsewhere.
    ['-n', name, 'link', 'add', 'lane0', 'type', 'veth', 'peer', 'name', 'lane1'],
    ['-n', name, 'address', 'add', address, 'dev', 'lane0'],
    ['-n', name, 'link', 'set', 'lane0', 'up'],
    ['-n', name, 'link', 'set', 'lane1', 'up'],
  ]
  for (const words of steps) {
    const failed = await run('ip', words)
    if (failed === undefined) continue
    await lane.remove()
    return `ip ${words.join(' ')}: ${failed}`
  }
  return lane
}

async function removeLane(name: string, base: string | undefined): Promise<void> {
  await endAllIn(name)
  await run('ip', ['netns', 'delete', name])
  // With something still mounted there, a removal would reach through it.
  if (base === undefined || (await unmountBelow(base)).length > 0) return
  await rm(base, { recursive: true, force: true, maxRetries: 5 })
}

async function endAllIn(name: string): Promise<void> {
  const there = (): Promise<readonly number[]> => processesIn(name)
  // An engine stops its containers, which have namespaces of their own.
  const engines: number[] = []
  for (const pid of await there()) if ((await commandOf(pid)).includes('dockerd')) engines.push(pid)
  signalAll(engines, 'SIGTERM')
  await gone(async () => (await there()).some((pid) => engines.includes(pid)), 15_000)
  signalAll(await there(), 'SIGTERM')
  await gone(async () => (await there()).length > 0, 5_000)
  signalAll(await there(), 'SIGKILL')
}

/**
 * The folder of a lane begins with this, so that a later run finds it. Short, because a socket path holds 107 characters:
 * of a runtime folder with 40 or more the program uses another one.
 */
function folderPrefix(name: string): string {
  const [pid = '', number = ''] = name.slice(prefix.length).split('-')
  return `l${Number(pid).toString(36)}-${number}-`
}

/** Removes the lanes of test runs that were killed, with their folders. */
async function removeStale(): Promise<void> {
  const names = await readdir('/run/netns').catch(() => [])
  for (const name of names.filter((each) => each.startsWith(prefix))) {
    const pid = Number(name.slice(prefix.length).split('-')[0])
    if ((await commandOf(pid)) === '') await removeLane(name, await folderOf(name))
  }
}

/** The folder of a lane, if it is there and ours: anyone can create such a name in the folder for temporary files. */
async function folderOf(name: string): Promise<string | undefined> {
  const found = (await readdir(tmpdir())).filter((each) => each.startsWith(folderPrefix(name)))
  const folders = found.map((each) => join(tmpdir(), each))
  return folders.find((folder) => {
    const stat = lstatSync(folder, { throwIfNoEntry: false })
    return stat?.isDirectory() === true && stat.uid === process.getuid?.()
  })
}

async function processesIn(name: string): Promise<readonly number[]> {
  const outcome = await runCommand({ program: 'ip', args: ['netns', 'pids', name], timeoutMs: 10_000 })
  return outcome.stdout.split('\n').filter(Boolean).map(Number)
}

const commandOf = (pid: number): Promise<string> => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')

const signalAll = (pids: readonly number[], signal: NodeJS.Signals): void =>
  pids.forEach((pid) => signalProcess(pid, signal))

async function gone(isThere: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const until = performance.now() + timeoutMs
  while (performance.now() < until && (await isThere())) await delay(100)
}

/** Runs a short command: undefined when it succeeded, else what it said. */
async function run(program: string, args: readonly string[]): Promise<string | undefined> {
  const outcome = await runCommand({ program, args, timeoutMs: 10_000 })
  if (succeeded(outcome)) return undefined
  const said = outcome.kind === 'not-started' ? '' : outcome.stderr.trim()
  return said === '' ? describeEnding(outcome) : said
}
