import type { LaunchFacts, StartFacts } from '../containers/launch-facts.ts'
import { ok, type Result } from '../domain/result.ts'
import type { ChangedFiles } from './changed-files.ts'
import type { EngineQuestions } from './engine-questions.ts'
import type { GateSays } from './gate-log.ts'
import { podmanFiles } from './podman-files.ts'
import { readParent } from './process-facts.ts'

const expected =
  'what runs is what was signed: the image\u2019s program, arguments, environment and files, and nothing else'

/** What the engine said about container and image, and which process asks. */
export interface LaunchQuestion {
  readonly pid: number
  readonly containerId: string
  readonly initPid: number
  readonly launch: LaunchFacts | undefined
  /** The folder of the container's own files, where the engine tells it. */
  readonly ownFiles: string | undefined
  readonly image: StartFacts | undefined
}

/**
 * Gate 6: is what runs what was signed? Nothing of the image's start is overridden, its file system is unchanged but
 * for mount points, nothing is mounted but named folders and tmpfs, the container has no more rights than usual, and
 * the process comes from the container's first one.
 */
export async function launchGate(
  question: LaunchQuestion,
  options: {
    /** What the engine says is not as in the image. */
    readonly changes: ReturnType<ChangedFiles['begin']>
    readonly engine: EngineQuestions
    readonly signal: () => AbortSignal
    readonly procFolder: string
    /** Folders of the machine that may be mounted. */
    readonly mounts: readonly string[]
  },
): Promise<GateSays> {
  const { launch, image } = question
  if (launch === undefined || image === undefined) {
    const found = 'the engine describes container or image in another form'
    return {
      verdict: 'could-not-check',
      expected,
      found,
      remedy: 'Use an engine with Docker\u2019s API 1.41 or newer.',
    }
  }
  const otherwise = objectionTo(launch, image, options.mounts)
  if (otherwise !== undefined) return fallen(otherwise)
  if (!comesFrom(options.procFolder, question.pid, question.initPid)) {
    return fallen('the process was started into the container from outside')
  }
  const changes = await options.changes(question.ownFiles)
  if (!changes.ok) {
    const found = `${changes.error.what} Found ${changes.error.found ?? 'nothing'}.`
    return { verdict: 'could-not-check', expected, found, remedy: changes.error.remedy }
  }
  if (changes.value === undefined) return fallen('more changed files than are read')
  const added = await addedByEngine(changes.value, question.containerId, image, options)
  if (!added.ok) {
    const found = `${added.error.what} Found ${added.error.found ?? 'nothing'}.`
    return { verdict: 'could-not-check', expected, found, remedy: added.error.remedy }
  }
  const implicit = launch.readOnly ? readOnlyTmpfs : []
  const known = [...launch.mounts.map(({ target }) => target), ...implicit, ...added.value]
  const [first, ...more] = changes.value.filter((path) => !leadsTo(path, known))
  if (first !== undefined)
    return fallen(`changed since the image: ${first}${more.length > 0 ? ` and ${more.length} more` : ''}`)
  return {
    verdict: 'passed',
    expected,
    found: `${[...image.entrypoint, ...image.command].join(' ').slice(0, 300)}, as built`,
  }
}

const fallen = (found: string): GateSays => ({
  verdict: 'failed',
  expected,
  found,
  remedy:
    'Start the image as it is, with no other mount than the agent\u2019s socket, or build and sign what shall run.',
})

/** What is not as the image says, in words; undefined when everything is. Pure. */
export function objectionTo(launch: LaunchFacts, image: StartFacts, mounts: readonly string[]): string | undefined {
  const mount = launch.mounts.find((each) => each.type !== 'tmpfs' && !mounts.includes(each.source))
  if (mount !== undefined) return `${mount.source || mount.type} is mounted at ${mount.target}`
  if (launch.entered && image.healthCheck.length === 0) return 'another program was started in the container besides'
  return otherStart(launch, image) ?? moreRights(launch)
}

function otherStart(launch: LaunchFacts, image: StartFacts): string | undefined {
  const { start } = launch
  const program = [...image.entrypoint, ...image.command]
  // Of a program without arguments Podman 5.8 says that its name is its argument.
  const alone = program.length === 1 && same(launch.program, [...program, ...program])
  if (!same(start.entrypoint, image.entrypoint)) return `another entry point: ${start.entrypoint.join(' ') || 'none'}`
  if (!same(start.command, image.command)) return `another command: ${start.command.join(' ') || 'none'}`
  if (!same(launch.program, program) && !alone) return `another program: ${launch.program.join(' ')}`
  if (!same(start.healthCheck, image.healthCheck)) return `another health check: ${start.healthCheck.join(' ')}`
  if (start.user !== image.user) return `another user: ${start.user || 'root'}`
  const [folder, own] = [start.workingFolder || '/', image.workingFolder || '/']
  if (folder !== own) return `another folder: ${folder}`
  const variable = otherVariable(launch, image)
  return variable === undefined ? undefined : `another environment: ${variable}`
}

function moreRights(launch: LaunchFacts): string | undefined {
  if (launch.privileged) return 'the container is privileged'
  if (launch.addedCapabilities.length > 0) return `added capabilities: ${launch.addedCapabilities.join(', ')}`
  if (launch.devices > 0) return 'devices of the machine are in the container'
  // Before the options: an engine adds some of its own to a shared name space.
  if (!['', 'private'].includes(launch.pidMode)) return `process name space ${launch.pidMode}`
  if (!['', 'private', 'shareable', 'none'].includes(launch.ipcMode)) return `IPC name space ${launch.ipcMode}`
  const option = launch.securityOptions.find((each) => !/^no-new-privileges(?:[:=]true)?$/.test(each))
  if (option !== undefined) return `security option ${option}`
  return undefined
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index])

/** The name of a variable that the image does not set so. Values are not repeated: they can be secrets. */
function otherVariable(launch: LaunchFacts, image: StartFacts): string | undefined {
  // Podman writes what every program gets into the configuration too.
  const usual = [
    'container=podman',
    'container=oci',
    'TERM=xterm',
    'HOME=/',
    'HOME=/root',
    `HOSTNAME=${launch.hostname}`,
  ]
  const set = launch.start.environment
  const added = set.find(
    (each) => !image.environment.includes(each) && !usual.includes(each) && !isUsualPath(each, image),
  )
  const other = added ?? image.environment.find((each) => !set.includes(each))
  return other?.split('=')[0]
}

// An engine sets the path where the image has none.
const usualPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const isUsualPath = (variable: string, image: StartFacts): boolean =>
  variable === usualPath && !image.environment.some((each) => each.startsWith('PATH='))

/** Those of the changed files that the engine itself adds, and that hold exactly what it writes. */
async function addedByEngine(
  changes: readonly string[],
  containerId: string,
  image: StartFacts,
  { engine, signal }: Pick<Parameters<typeof launchGate>[1], 'engine' | 'signal'>,
): Promise<Result<readonly string[]>> {
  const added: string[] = []
  for (const [path, text] of podmanFiles(image)) {
    if (!changes.includes(path)) continue
    const found = await engine.file(containerId, path, signal())
    if (!found.ok) return found
    if (found.value === text) added.push(path)
  }
  return ok(added)
}

/** Where Podman mounts a tmpfs, without a word about it, in a container whose own file system is read-only. */
const readOnlyTmpfs = ['/run', '/tmp', '/var/tmp']

/** Whether a path is one of these, or a folder above one: such are made when a container starts. */
const leadsTo = (path: string, known: readonly string[]): boolean =>
  known.some((each) => each === path || each.startsWith(`${path.replace(/\/$/, '')}/`))

const maxGenerations = 256

/** Whether a process is a container's first one or comes from it. */
function comesFrom(procRoot: string, pid: number, initPid: number): boolean {
  let current: number | undefined = pid
  for (let generation = 0; generation < maxGenerations && current !== undefined && current > 1; generation++) {
    if (current === initPid) return true
    current = readParent(procRoot, current)
  }
  return false
}
