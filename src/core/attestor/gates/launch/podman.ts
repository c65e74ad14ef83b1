import type { StartFacts } from '../../../containers/inspect/launch-facts.ts'
import type { ImageLayers } from './image-layers.ts'
import { accountLines, groupNumber, isNumber, userLine } from './image-user.ts'
import type { OwnFile } from './own-files.ts'

// What Podman 5 adds to every container (libpod/container_internal_common.go), as seen with Podman 4.3, 5.4 and 5.8.

/**
 * The text of `/etc/passwd` and `/etc/group` as Podman may have completed it: the image's own, and one line for the
 * image's user or its group if the image has no name for it. Contains every text that Podman writes for this image.
 * Podman takes the name from the accounts of its own machine, where one has the number (`machine`: texts of passwd
 * files).
 */
export function podmanTexts(
  path: string,
  start: StartFacts,
  image: Pick<ImageLayers, 'text' | 'facts'>,
  machine: readonly string[] = [],
): readonly string[] {
  const before = image.facts(path) === undefined ? '' : image.text(path)
  if (before === undefined) return []
  const lines = path === '/etc/passwd' ? userLines(start, image, machine) : groupLines(start)
  // Podman does not check whether the image's last line ends with a line feed.
  return [before, ...lines.map((line) => `${before}${line}\n`)]
}

function userLines(
  { user, workingFolder }: StartFacts,
  image: Pick<ImageLayers, 'text'>,
  machine: readonly string[],
): readonly string[] {
  const [name = '', group = ''] = user.split(':')
  const gid = group === '' ? '0' : groupNumber(group, image)
  if (!isNumber(name) || gid === undefined) return []
  const known = machine.flatMap((text) => accountLines(text).filter(([, , uid]) => uid === name))
  const accounts = [
    // Only the first part of what is known about a person (passwd(5), GECOS).
    ...known.map(([login = '', , , , words = '']) => ({ login, words: words.split(',')[0] ?? '' })),
    name === '0' ? { login: 'root', words: 'root' } : { login: name, words: 'container user' },
  ]
  const lines = accounts.map(({ login, words }) => `${login}:*:${name}:${gid}:${words}:${workingFolder || '/'}:/bin/sh`)
  return [...new Set(lines)]
}

function groupLines({ user }: StartFacts): readonly string[] {
  const [name = '', group = ''] = user.split(':')
  if (name === '') return []
  // For a user without a group, Podman names the group 0 up to version 5, and since then the one with the user's number.
  const gids = group === '' ? new Set(['0', name]) : [group]
  return [...gids].filter(isNumber).map((gid) => `${gid}:x:${gid}:${name}`)
}

/** Whether a file is one that Podman writes into every container. */
export const isPodmanFile = (file: OwnFile): boolean =>
  file.path === '/etc/mtab' && file.kind === 'link' && file.target === '/proc/mounts' && file.uid === 0

/**
 * What Podman sets HOME to: the home of the image's user if `/etc/passwd` has one, else the working folder, which it
 * writes there for a user that is a number.
 */
export function podmanHomes(start: StartFacts, image: Pick<ImageLayers, 'text'>): readonly string[] {
  const own = userLine(start, image)
  const [name = ''] = start.user.split(':')
  const written = own === undefined && isNumber(name) ? [start.workingFolder || '/'] : []
  return ['', '/', '/root', ...written, ...(own?.[5] === undefined ? [] : [own[5]])]
}

/** Where Podman mounts a tmpfs, without reporting it, in a container with a read-only file system. */
export const podmanReadOnlyTmpfs = ['/run', '/tmp', '/var/tmp']
