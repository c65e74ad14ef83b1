import type { FileFacts, ImageLayers } from './image-layers.ts'
import type { OwnFile } from './own-files.ts'

/** What may differ from the image without counting as a change. */
export interface ExpectedChanges {
  /** Everything that is mounted in the container, after it was accepted. */
  readonly mountPoints: readonly string[]
  /** Files that this engine writes into every container, by path: whether the content is exactly what it writes. */
  readonly writtenByEngine: (file: OwnFile) => boolean
  /** Whether a name exists in the container, as the container sees it. */
  readonly exists: (path: string) => boolean
  /** The folder that the image's program starts in, without links; engines create it where the image lacks it. */
  readonly workingFolder: string
  /** The number of the image's user, to whom Podman gives that folder. */
  readonly user: number | undefined
}

/**
 * Which of a container's own files are not explained by its mounts, in words; undefined when all are. The engine
 * creates a mount point that the image lacks, and the folders above it become own files of the container when something
 * is created in them: these must be exactly as in the image, or as an engine creates them.
 */
export function unexpectedChange(
  files: readonly OwnFile[],
  image: Pick<ImageLayers, 'facts' | 'names'>,
  expected: ExpectedChanges,
): string | undefined {
  const { mountPoints, workingFolder, user } = expected
  const isAbove = (path: string): boolean =>
    path === '/' || [...mountPoints, `${workingFolder}/`].some((each) => each.startsWith(`${path}/`))
  const findings = files.flatMap((file) => {
    if (!file.deleted && expected.writtenByEngine(file)) return []
    const why =
      !file.deleted && (mountPoints.includes(file.path) || isAbove(file.path))
        ? differs(file, image, expected, file.path === workingFolder ? user : undefined)
        : kindOf(file, image)
    return why === undefined ? [] : [`${file.path} (${why})`]
  })
  const [first, ...more] = findings
  return first && `changed since the image: ${first}${more.length > 0 ? ` and ${more.length} more` : ''}`
}

function kindOf(file: OwnFile, image: Pick<ImageLayers, 'facts'>): string {
  if (file.deleted) return 'deleted'
  const before = image.facts(file.path)
  if (before === undefined) return 'added'
  return before.kind === file.kind ? 'changed' : `a ${file.kind} instead of a ${before.kind}`
}

/** How a mount point, or a folder above one, differs from the image and from what engines create. */
function differs(
  file: OwnFile,
  image: Pick<ImageLayers, 'facts' | 'names'>,
  { exists }: ExpectedChanges,
  owner: number | undefined,
): string | undefined {
  const before = image.facts(file.path)
  const ofOwner = file.uid === owner && file.kind === 'folder' && file.mode === 0o755
  if (before === undefined) return madeByEngine(file) || ofOwner ? undefined : `added, ${describe(file)}`
  if (before.kind !== file.kind) return `a ${file.kind} instead of a ${before.kind}`
  if (before.kind !== 'folder') return 'changed'
  const same = before.mode === file.mode && before.uid === file.uid && before.gid === file.gid
  if (!same) return `${describe(file)} instead of ${describe(before)}`
  // A folder that was removed and created again hides what the image has in it.
  const names = image.names(file.path)
  if (names === undefined) return 'with more names than are read'
  const gone = names.find((name) => !exists(`${file.path}/${name}`))
  return gone === undefined ? undefined : `without ${gone}`
}

/** Engines create a missing mount point as root: a folder, or an empty file under a mounted file. */
const madeByEngine = ({ kind, mode, uid, gid, size }: OwnFile): boolean =>
  uid === 0 &&
  gid === 0 &&
  ((kind === 'folder' && mode === 0o755) || (kind === 'file' && size === 0 && (mode === 0o644 || mode === 0o755)))

const describe = ({ kind, mode, uid, gid }: FileFacts): string =>
  `${kind} with mode ${mode.toString(8).padStart(4, '0')} of ${uid}:${gid}`
