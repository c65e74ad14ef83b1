import { lstatSync, readdirSync } from 'node:fs'
import { posix } from 'node:path'
import type { EngineKind, LaunchFacts, Mount, StartFacts } from '../../../containers/inspect/launch-facts.ts'
import type { ImageLayers } from './image-layers.ts'
import type { MountPoint } from './mount-table.ts'
import { podmanReadOnlyTmpfs } from './podman.ts'

/** A mount with the pod's token, which the kubelet adds: its files are data. */
export const tokenMount = 'token'

/** Those of every container are about forty. */
const maxMounts = 256

/** A volume of a CSI driver: anybody's, unless it is a folder of `allowed` itself. */
export const csiMount = 'csi'

/** What is mounted in a container, as reported by the engine and by the kernel. */
export interface MountQuestion {
  readonly launch: Pick<LaunchFacts, 'mounts' | 'readOnly'>
  readonly image: StartFacts
  readonly engine: EngineKind | 'cri'
  /**
   * The image's files; undefined when they cannot be read: then only `added` names paths that are known to be missing.
   */
  readonly layers: Pick<ImageLayers, 'facts' | 'names' | 'resolve'> | undefined
  /** Paths that the image does not have, if its files cannot be read. */
  readonly added?: ReadonlySet<string>
  /** As the container's first process sees it. */
  readonly table: readonly MountPoint[]
  /** Folders of the machine that may be mounted. */
  readonly allowed: readonly string[]
  /** Whether the container has a path, as it sees it. */
  readonly exists: (path: string) => boolean
  /** Whether a path is a folder, as the container sees it. */
  readonly isFolder: (path: string) => boolean
  /** Whether a path, as the container sees it, is an allowed folder itself. Absent where no CSI driver mounts any. */
  readonly isAllowed?: (path: string) => boolean
  /** The first thing below a path, as the container sees it, that is neither a folder nor a socket. */
  readonly otherThanSockets: (path: string) => string | undefined
}

/**
 * What is mounted and should not be, in words; undefined when everything is in order. Accepted are allowed folders,
 * read-only and with nothing but sockets in them, tmpfs, and the volumes that the image declares. None may cover a file
 * of the image. The kernel must show these and what engines mount in every container, and nothing else.
 */
export function objectionToMounts(question: MountQuestion): string | undefined {
  // An image can declare thousands of volumes, and every other workload waits until all are compared.
  if (Math.max(question.launch.mounts.length, question.table.length) > maxMounts) return `more than ${maxMounts} mounts`
  const accepted = new Set<string>()
  for (const mount of question.launch.mounts) {
    const path = plainPath(mount.target)
    const target = question.layers === undefined ? path : question.layers.resolve(path)
    if (target === undefined) return `the mount point ${mount.target} leads in a circle`
    const objection =
      objectionTo(mount, target, question) ??
      covered(mount, target, question) ??
      searched(mount, target, question) ??
      notOnlySockets(mount, target, question)
    if (objection !== undefined) return objection
    accepted.add(target)
  }
  const usual = usualMounts(question)
  const other = question.table.find(({ target }) => !accepted.has(target) && !usual(target))
  if (other !== undefined) return `${other.fileSystem} is mounted at ${other.target}, which the engine does not mention`
  return unprotected(question)
}

function objectionTo(mount: Mount, target: string, question: MountQuestion): string | undefined {
  if (mount.type === 'tmpfs') return undefined
  if (mount.type === tokenMount) return writable(mount, target, question)
  if (mount.type === csiMount && question.isAllowed?.(target) === true) return writable(mount, target, question)
  if (mount.type === 'volume') {
    const own = /^[0-9a-f]{64}$/.test(mount.name) && mount.driver === 'local'
    return own && question.image.volumes.some((each) => plainPath(each) === plainPath(mount.target))
      ? undefined
      : `volume ${mount.name.slice(0, 80)} is mounted at ${target}`
  }
  const words = `${mount.source || mount.type} is mounted at ${target}`
  return mount.type === 'bind' && question.allowed.includes(mount.source) ? writable(mount, target, question) : words
}

function writable(mount: Mount, target: string, { table }: MountQuestion): string | undefined {
  const shown = table.findLast((each) => each.target === target)
  if (mount.readOnly && shown?.readOnly === true) return undefined
  return `${mount.source} is mounted at ${target}, and can be written to`
}

/** Anyone who may write to the folder could put a program into it. */
function notOnlySockets(mount: Mount, target: string, { otherThanSockets }: MountQuestion): string | undefined {
  const file = mount.type === 'bind' || mount.type === csiMount ? otherThanSockets(target) : undefined
  return file && `${mount.source} is mounted at ${target}, with ${file} in it: sockets only are accepted`
}

/** Folders for temporary data (Filesystem Hierarchy Standard): a tmpfs there hides no program. */
const volatile = ['/dev/shm', '/run', '/tmp', '/var/tmp']

function covered(mount: Mount, target: string, { layers, added }: MountQuestion): string | undefined {
  if (mount.type === 'tmpfs' && volatile.includes(target)) return undefined
  if (layers === undefined) {
    const words = `${mount.type} at ${target} may cover files of the image, which only root can compare`
    return added?.has(target) === true ? undefined : words
  }
  const before = layers.facts(target)
  if (before === undefined || (before.kind === 'folder' && layers.names(target)?.length === 0)) return undefined
  return `${mount.type} at ${target} covers files of the image`
}

/**
 * Where loaders, shells and interpreters look for programs, libraries and settings, whether the image has the folder or
 * not.
 */
const system = /^\/(bin|etc|lib[^/]*|opt|sbin|usr)(\/|$)/

/**
 * A mount at a place that is searched: a file that is there only for a moment is run, and gone at the next check. A
 * tmpfs is empty at the start, so the program's own folders only matter for other mounts.
 */
function searched(mount: Mount, target: string, { image }: MountQuestion): string | undefined {
  if (mount.type === 'volume') return undefined
  const own = [image.workingFolder, posix.dirname([...image.entrypoint, ...image.command][0] ?? '/')]
  const isBelow = (folder: string): boolean =>
    folder.startsWith('/') && folder !== '/' && (target === folder || target.startsWith(`${folder}/`))
  const inProgram = mount.type !== 'tmpfs' && own.map(plainPath).some(isBelow)
  return system.test(target) || inProgram ? `${mount.type} at ${target} lies where programs look for files` : undefined
}

/** Without `.`, `..`, doubled slashes and one at the end. */
const plainPath = (path: string): string => posix.normalize(path || '/').replace(/(?<=.)\/$/, '')

/** What engines mount in every container. What a person requested is in the engine's list, and was checked before. */
function usualMounts({ engine, launch, isFolder }: MountQuestion): (target: string) => boolean {
  const everywhere = /^\/(|proc(\/.*)?|sys(\/.*)?|dev(\/(pts|mqueue|shm|console))?|etc\/(resolv\.conf|hostname|hosts))$/
  const own = ownMounts[engine]
  const readOnly = engine === 'podman' && launch.readOnly ? podmanReadOnlyTmpfs : []
  // What engines mount from the machine into every container is a folder; a file of that name is a secret that a person
  // chose.
  const secrets = engine === 'podman' && isFolder('/run/secrets') ? ['/run/secrets'] : []
  return (target) =>
    everywhere.test(target) || own.test(target) || readOnly.includes(target) || secrets.includes(target)
}

const dockerMounts = /^\/(usr\/)?s?bin\/docker-init$/
const ownMounts: Readonly<Record<EngineKind | 'cri', RegExp>> = {
  docker: dockerMounts,
  other: dockerMounts,
  podman: /^\/(run\/\.containerenv|run\/podman-init|dev\/init|etc\/passwd|etc\/group)$/,
  cri: /^\/dev\/termination-log$/,
}

/** What engines have always protected (OCI runtime defaults), if the kernel has it. */
const protectedPaths = {
  readOnly: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
  masked: ['/proc/kcore', '/proc/keys', '/proc/sched_debug', '/proc/scsi', '/proc/timer_list', '/sys/firmware'],
} as const

function unprotected({ table, exists }: MountQuestion): string | undefined {
  const open = (path: string, readOnly: boolean): boolean => {
    const shown = table.findLast(({ target }) => target === path)
    return (shown === undefined || (readOnly && !shown.readOnly)) && exists(path)
  }
  const path =
    protectedPaths.readOnly.find((each) => open(each, true)) ?? protectedPaths.masked.find((each) => open(each, false))
  return path && `${path} is open to the container`
}

const maxSockets = 64

/**
 * The first of the names below a folder that is neither folder nor socket, by its name alone. A socket may be mounted
 * itself.
 */
export function notASocket(place: string): string | undefined {
  if (lstatSync(place).isSocket()) return undefined
  const entries = readdirSync(place, { withFileTypes: true, recursive: true })
  if (entries.length > maxSockets) return `more than ${maxSockets} names`
  return entries.find((each) => !each.isSocket() && !each.isDirectory())?.name.slice(0, 80)
}
