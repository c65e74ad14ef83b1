import { lstatSync } from 'node:fs'
import type { EngineKind, LaunchFacts, StartFacts } from '../../../containers/inspect/launch-facts.ts'
import { unexpectedChange } from './file-changes.ts'
import { ImageLayers } from './image-layers.ts'
import { userNumber } from './image-user.ts'
import type { MountPoint, OverlayFolders } from './mount-table.ts'
import { notASocket, objectionToMounts } from './mounts.ts'
import { type OwnFile, ownFiles } from './own-files.ts'

/** A container's files on this machine, and what is to be expected of them. */
export interface FilesQuestion {
  /** Undefined when the container's root is no overlay file system. */
  readonly folders: OverlayFolders | undefined
  /** As the container's first process sees it. */
  readonly table: readonly MountPoint[]
  /** The container's root, as its first process sees it. */
  readonly root: string
  readonly image: StartFacts
  readonly engine: EngineKind | 'cri'
  readonly launch: Pick<LaunchFacts, 'mounts' | 'readOnly'>
  /** Folders of the machine that may be mounted. */
  readonly allowed: readonly string[]
  /** Whether a path, as the container sees it, is an allowed folder itself. */
  readonly isAllowed?: (path: string) => boolean
  /** What differs in the start, which may depend on the image's accounts. */
  readonly otherStart: (layers: ImageLayers) => string | undefined
  /** Whether a file is one that the runtime writes into every container. */
  readonly writtenByEngine: (file: OwnFile, layers: ImageLayers) => boolean
}

/** What in a container's start, mounts and files is not as in its image, in words. Throws when it cannot be read. */
export function compareFiles(question: FilesQuestion): string | undefined {
  const { folders, table, root, image, engine, launch, allowed } = question
  if (folders === undefined) {
    return `the container\u2019s root is no overlay file system (${table.find(({ target }) => target === '/')?.fileSystem}), so it cannot be compared with the image`
  }
  const layers = new ImageLayers(folders.lowers)
  const start = question.otherStart(layers)
  if (start !== undefined) return start
  const exists = (path: string): boolean => isThere(`${root}${path}`)
  const isFolder = (path: string): boolean =>
    lstatSync(`${root}${path}`, { throwIfNoEntry: false })?.isDirectory() === true
  const otherThanSockets = (path: string): string | undefined => notASocket(`${root}${path}`)
  const objection = objectionToMounts({
    ...(question.isAllowed && { isAllowed: question.isAllowed }),
    launch,
    image,
    engine,
    layers,
    table,
    allowed,
    exists,
    isFolder,
    otherThanSockets,
  })
  if (objection !== undefined) return objection
  const files = ownFiles(folders.upper)
  if (files === undefined) return 'more changed files than are read'
  return unexpectedChange(files, layers, {
    mountPoints: table.map(({ target }) => target),
    exists,
    writtenByEngine: (file) => question.writtenByEngine(file, layers),
    workingFolder: layers.resolve(image.workingFolder) ?? '/',
    user: userNumber(image, layers),
  })
}

function isThere(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ENOENT' || code === 'ENOTDIR') return false
    throw error
  }
}
