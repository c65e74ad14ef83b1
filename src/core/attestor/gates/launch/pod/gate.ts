import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Mount, StartFacts } from '../../../../containers/inspect/launch-facts.ts'
import type { PodLaunch } from '../../../runtimes/cri/pod-launch.ts'
import type { PodContainer } from '../../../runtimes/runtime.ts'
import { settled } from '../../settled.ts'
import { compareFiles } from '../compare-files.ts'
import type { ImageLayers } from '../image-layers.ts'
import { type MountPoint, overlayOf, parseMountTable } from '../mount-table.ts'
import { tokenMount } from '../mounts.ts'
import { cannotLook, type LaunchOptions, mayNotLookInside, type Objection } from '../objection.ts'
import { originOf, otherView } from '../origin.ts'
import { isOneOf } from './allowed-folder.ts'
import { podMounts } from './mounts.ts'
import { unlistedPart } from './spec.ts'
import { otherPodStart } from './start.ts'

/** A container of a pod, its launch and its image's, and the calling process. */
export interface PodQuestion {
  readonly pid: number
  readonly container: PodContainer
  readonly launch: PodLaunch
  readonly image: StartFacts
}

/**
 * What speaks against a container of a pod being as built. Beyond its own record the runtime reports neither changed
 * files nor exec sessions: both are read from the layers on this machine and from /proc, which takes root.
 */
export function objectionToPod(question: PodQuestion, options: LaunchOptions): Promise<Objection> {
  return settled(() => lookAt(question, options), options.signal)
}

function lookAt(question: PodQuestion, { procFolder, mounts }: LaunchOptions): Objection {
  const { pid, container, launch } = question
  const { initPid } = container
  const part = unlistedPart(launch)
  if (part !== undefined) return { found: part }
  if (mayNotLookInside(procFolder, initPid)) {
    return { found: 'only root can look into the container, and this runtime reports no changed files' }
  }
  try {
    const view = otherView(procFolder, pid, initPid) ?? withPlugin(procFolder, initPid)
    if (view !== undefined) return { found: view }
    const table = parseMountTable(readFileSync(`${procFolder}/${initPid}/mountinfo`, 'utf8'))
    const found = objectionToFiles(question, table, { procFolder, mounts })
    if (found !== undefined) return { found }
    const inside = { containerId: container.id, table, engineInit: false, unlistedSessions: true }
    const origin = originOf({ procRoot: procFolder, pid, initPid, inside })
    if (origin.found !== undefined || origin.unclear !== true) return origin
    return {
      found: `process ${pid} has a session of its own, and this runtime does not report whether it was started from outside`,
    }
  } catch (error) {
    return cannotLook(error)
  }
}

/**
 * A runtime that reports no requested namespaces still names the sandbox's, which can be the machine's: that of its
 * first process, and of an attestor that is not in a pod itself.
 */
function withPlugin(procFolder: string, initPid: number): string | undefined {
  const own = readlinkSync(`${procFolder}/${initPid}/ns/ipc`)
  if (own === readlinkSync('/proc/self/ns/ipc')) return 'the IPC namespace is the attestor\u2019s too'
  return own === machineIpc(procFolder) ? 'the IPC namespace is the machine\u2019s too' : undefined
}

/** Undefined where this machine is a container itself, and its first process belongs to the one around it. */
function machineIpc(procFolder: string): string | undefined {
  try {
    return readlinkSync(`${procFolder}/1/ns/ipc`)
  } catch {
    return undefined
  }
}

function objectionToFiles(
  { container, launch, image }: PodQuestion,
  table: readonly MountPoint[],
  { procFolder, mounts: allowed }: Pick<LaunchOptions, 'procFolder' | 'mounts'>,
): string | undefined {
  const mounts = podMounts(launch)
  const root = `${procFolder}/${container.initPid}/root`
  return compareFiles({
    folders: overlayOf(table, undefined),
    table,
    root,
    image,
    engine: 'cri',
    launch: { mounts, readOnly: false },
    allowed,
    // SPIFFE's driver mounts the folder of the agent's socket; another one, whatever the pod's author wants.
    isAllowed: (path) => isOneOf(allowed, { path, root, table, procFolder }),
    otherStart: (layers) => otherPodStart(launch, image, layers) ?? besideToken(mounts, root, layers),
    writtenByEngine: () => false,
  })
}

/**
 * What is mounted together with the pod's token and is none of its files, in words. `root` is the container's root. The
 * path is followed in the image: many have a link in it (`/var/run`), which would lead out of the container here.
 */
export function besideToken(
  mounts: readonly Mount[],
  root: string,
  layers: Pick<ImageLayers, 'resolve'>,
): string | undefined {
  const token = mounts.find(({ type }) => type === tokenMount)
  const target = token && layers.resolve(token.target)
  if (target === undefined) return undefined
  // A link is not followed, so each file is seen where it lies.
  const entries = readdirSync(`${root}${target}`, { withFileTypes: true, recursive: true })
  const file = entries.find((each) => !(each.isDirectory() ? ofTime : ofToken).test(each.name))
  return file && `${file.name.slice(0, 80)} is mounted beside the token of the service account`
}

/** The kubelet replaces the files at once: they lie in a folder named by the time, to which a link leads. */
const ofTime = /^\.\.\d{4}[\d_.]+$/
const ofToken = /^(token|ca\.crt|namespace|\.\.data)$/
