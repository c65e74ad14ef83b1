import { readFileSync } from 'node:fs'
import type { InspectedContainer } from '../../../containers/inspect/inspect.ts'
import type { LaunchFacts, StartFacts } from '../../../containers/inspect/launch-facts.ts'
import { ok, type Result } from '../../../domain/result.ts'
import { settled } from '../settled.ts'
import { lookByEngine } from './by-engine.ts'
import { compareFiles } from './compare-files.ts'
import { unlistedSetting } from './host-config.ts'
import type { ImageLayers } from './image-layers.ts'
import { type MountPoint, overlayOf, parseMountTable } from './mount-table.ts'
import {
  cannotLook,
  type DockerOptions,
  type EngineQuestion,
  mayNotLookInside,
  type Objection,
  unknown,
} from './objection.ts'
import { originOf, otherView, sessionStartedAt } from './origin.ts'
import type { OwnFile } from './own-files.ts'
import { isPodmanFile, podmanHomes, podmanTexts } from './podman.ts'
import { healthProgram, otherStart, same } from './program.ts'

/** What speaks against a container of Docker Engine or Podman being as built. */
export async function objectionToEngine(
  question: EngineQuestion,
  launch: LaunchFacts,
  described: StartFacts,
  options: DockerOptions,
): Promise<Objection> {
  const setting = unlistedSetting(launch.settings, question.container.engine)
  if (setting !== undefined) return { found: setting }
  const health = await healthCheckOf(question, launch, described, options)
  if (!health.ok) return unknown(health.error)
  const image = { ...described, healthCheck: health.value }
  const besides = await startedBesides(question, launch, image, options)
  if ('unknown' in besides || besides.found !== undefined) return besides
  const byEngine = mayNotLookInside(options.procFolder, question.container.initPid)
  const seen = byEngine
    ? await lookByEngine({ ...question, launch, image }, options)
    : await settled(() => lookAt(question, launch, image, options), options.signal)
  if ('unknown' in seen || seen.found !== undefined) return seen
  const history = seen.unclear === true ? await historyOf(question, image, options) : seen
  return { ...history, byEngine }
}

async function healthCheckOf(
  { container }: EngineQuestion,
  launch: LaunchFacts,
  image: StartFacts,
  { docker, signal }: DockerOptions,
): Promise<Result<readonly string[]>> {
  const leftOut = container.engine === 'podman' && image.healthCheck.length === 0 && launch.start.healthCheck.length > 0
  if (!leftOut) return ok(image.healthCheck)
  const more = await docker.podmanImage(container.imageId, signal())
  return more.ok ? ok(more.value.healthCheck) : more
}

/** The exec sessions of the container that the engine knows of: only the image's health check is allowed. */
async function startedBesides(
  { container }: EngineQuestion,
  launch: LaunchFacts,
  image: StartFacts,
  { docker, signal }: DockerOptions,
): Promise<Objection> {
  const health = healthProgram(image)
  const words = 'another program was started in the container besides'
  for (const id of launch.execIds) {
    if (health === undefined) return { found: words }
    const program = await docker.execProgram(id, signal())
    if (!program.ok) return unknown(program.error)
    if (!same(program.value, health)) return { found: `${words}: ${program.value.join(' ').slice(0, 200)}` }
  }
  return container.initPid === 0 ? { found: 'the container has no process' } : { found: undefined }
}

/** What /proc and the layers on this machine show. */
function lookAt(
  { pid, container }: EngineQuestion,
  launch: LaunchFacts,
  image: StartFacts,
  { procFolder, mounts }: DockerOptions,
): Objection {
  try {
    const { initPid } = container
    const view = otherView(procFolder, pid, initPid)
    if (view !== undefined) return { found: view }
    const table = parseMountTable(readFileSync(`${procFolder}/${initPid}/mountinfo`, 'utf8'))
    const found = objectionToFiles({ container, launch, image, table, allowed: mounts, procFolder })
    if (found !== undefined) return { found }
    const engineInit = launch.settings['Init'] !== false
    const inside = { containerId: container.id, table, engineInit }
    return originOf({ procRoot: procFolder, pid, initPid, inside })
  } catch (error) {
    return cannotLook(error)
  }
}

function objectionToFiles({
  container,
  launch,
  image,
  table,
  allowed,
  procFolder,
}: {
  readonly container: InspectedContainer
  readonly launch: LaunchFacts
  readonly image: StartFacts
  readonly table: readonly MountPoint[]
  readonly allowed: readonly string[]
  readonly procFolder: string
}): string | undefined {
  const { engine } = container
  const root = `${procFolder}/${container.initPid}/root`
  return compareFiles({
    folders: overlayOf(table, container.ownFiles),
    table,
    root,
    image,
    engine,
    launch,
    allowed,
    otherStart: (layers) =>
      otherStart(launch, image, { engine, homes: engine === 'podman' ? podmanHomes(image, layers) : [] }),
    writtenByEngine: (file, layers) =>
      engine === 'podman' && writtenByPodman(file, { image, layers, root, procFolder }),
  })
}

function writtenByPodman(
  file: OwnFile,
  {
    image,
    layers,
    root,
    procFolder,
  }: {
    readonly image: StartFacts
    readonly layers: ImageLayers
    readonly root: string
    readonly procFolder: string
  },
): boolean {
  if (isPodmanFile(file)) return true
  if ((file.path !== '/etc/passwd' && file.path !== '/etc/group') || file.kind !== 'file' || file.uid !== 0)
    return false
  const before = layers.facts(file.path)
  const mode = before === undefined ? [0o600, 0o644] : [before.mode]
  if (!mode.includes(file.mode) || file.size > 1024 * 1024) return false
  // The engine may see another `/etc` than we do: that of the machine's first process.
  const machine = ['/etc/passwd', `${procFolder}/1/root/etc/passwd`].map(textOf)
  return podmanTexts(file.path, image, layers, machine).includes(readFileSync(`${root}${file.path}`, 'utf8'))
}

/** Empty when it cannot be read. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/**
 * A process with a session of its own may come from an exec session, by a program that has ended since. The engine's
 * list of events shows that, as long as it goes back to the start of the container.
 */
async function historyOf(
  { pid, container }: EngineQuestion,
  image: StartFacts,
  { docker, signal, procFolder }: DockerOptions,
): Promise<Objection> {
  const words = `process ${pid} has a session of its own`
  const history = await docker.history(container.id, signal())
  if (!history.ok) {
    return unknown(history.error)
  }
  if (history.value === undefined) {
    return { found: `${words}, and the engine no longer knows whether it was started from outside` }
  }
  const health = healthProgram(image)?.join(' ')
  const besides = history.value.find(({ program }) => program !== health)
  if (besides !== undefined) return { found: `${words}, and ${besides.program.slice(0, 200)} was started from outside` }
  // A person can start the health check too, with variables that no event shows.
  const [first] = history.value
  if (first === undefined || sessionStartedAt(procFolder, pid) < first.at) return { found: undefined }
  return { found: `${words}, and began after the health check was started from outside` }
}
