import { dirname } from 'node:path'

/** One line of `/proc/<pid>/mountinfo` (proc(5)): a mount as that process sees it. */
export interface MountPoint {
  /** The mount point, as the process sees it. */
  readonly target: string
  /** Of the file system: `major:minor`. */
  readonly device: string
  readonly readOnly: boolean
  readonly fileSystem: string
  /** Options of the file system itself, as the kernel prints them, one each. */
  readonly options: readonly string[]
}

/** The folders of an overlay file system on this machine. */
export interface OverlayFolders {
  /** The changes relative to the image. */
  readonly upper: string
  /** The image's layers, the topmost first. */
  readonly lowers: readonly string[]
}

/** Parses the text of a mountinfo file; a malformed line is left out. */
export function parseMountTable(text: string): readonly MountPoint[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , device, , target, own] = before.split(' ')
    const [fileSystem, , options] = after.split(' ')
    if (
      device === undefined ||
      target === undefined ||
      own === undefined ||
      fileSystem === undefined ||
      options === undefined
    )
      return []
    return [
      {
        target: unescape(target),
        device,
        readOnly: own.split(',').includes('ro'),
        fileSystem,
        options: options.split(',').map(unescape),
      },
    ]
  })
}

/**
 * The folders behind a container's root, when that is one overlay file system; undefined otherwise. Engines shorten
 * long lists of layers to paths relative to the folder of their layers, which is two above `upper`; `engineUpper` is
 * the upper folder as the engine reports it, needed if the kernel shows a relative one.
 */
export function overlayOf(mounts: readonly MountPoint[], engineUpper: string | undefined): OverlayFolders | undefined {
  const [root, ...more] = mounts.filter(({ target }) => target === '/')
  if (root === undefined || more.length > 0 || root.fileSystem !== 'overlay') return undefined
  const values = (key: string): readonly string[] =>
    root.options.filter((option) => option.startsWith(`${key}=`)).map((option) => option.slice(key.length + 1))
  const shown = values('upperdir')[0]
  if (shown === undefined) return undefined
  const upper = shown.startsWith('/') ? shown : engineUpper
  if (upper === undefined) return undefined
  // Linux 6.8 and newer may show one `lowerdir+` for each layer.
  const lowers = [...values('lowerdir').flatMap(splitLowers), ...values('lowerdir+').map(plainColon)]
  const base = dirname(dirname(upper))
  return { upper, lowers: lowers.map((each) => (each.startsWith('/') ? each : `${base}/${each}`)) }
}

/** A colon that belongs to a path is written `\:` (kernel documentation, overlayfs). */
const splitLowers = (text: string): readonly string[] =>
  text
    .split(/(?<!\\):/)
    .filter((each) => each !== '')
    .map(plainColon)
const plainColon = (text: string): string => text.replaceAll('\\:', ':')

/** The kernel writes space, tab, newline, comma and backslash as `\ooo`. */
const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
