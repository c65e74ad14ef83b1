import type { StartFacts } from '../../../containers/inspect/launch-facts.ts'
import type { ImageLayers } from './image-layers.ts'
import type { OwnFile } from './own-files.ts'

// What Podman 5 adds to every container (libpod/container_internal_common.go), as seen with Podman 4.3, 5.4 and 5.8.

/**
 * The text of `/etc/passwd` and `/etc/group` as Podman may have completed it: the image's own, and one line for the
 * image's user or its group if the image has no name for it. Contains every text that Podman writes for this image.
 */
export function podmanTexts(
  path: string,
  { user, workingFolder }: StartFacts,
  image: Pick<ImageLayers, 'text' | 'facts'>,
): readonly string[] {
  const [name = '', group = '0'] = user.split(':')
  const [login, words] = name === '0' ? ['root', 'root'] : [name, 'container user']
  const line =
    path === '/etc/passwd'
      ? `${login}:*:${name}:${group}:${words}:${workingFolder || '/'}:/bin/sh\n`
      : `${group}:x:${group}:${name}\n`
  const number = /^\d{1,10}$/
  const known = path === '/etc/passwd' ? number.test(name) && number.test(group) : number.test(group) && name !== ''
  const before = image.facts(path) === undefined ? '' : image.text(path)
  if (before === undefined) return []
  // Podman does not check whether the image's last line ends with a line feed.
  return known ? [before, `${before}${line}`] : [before]
}

/** Whether a file is one that Podman writes into every container. */
export const isPodmanFile = (file: OwnFile): boolean =>
  file.path === '/etc/mtab' && file.kind === 'link' && file.target === '/proc/mounts' && file.uid === 0

/** What Podman sets HOME to: the home of the image's user if `/etc/passwd` has one. */
export function podmanHomes({ user }: StartFacts, image: Pick<ImageLayers, 'text'>): readonly string[] {
  const [name = ''] = user.split(':')
  const lines = (image.text('/etc/passwd') ?? '').split('\n').map((line) => line.split(':'))
  const own = lines.find(([each, , uid]) => (user === '' ? uid === '0' : each === name || uid === name))
  return ['', '/', '/root', ...(own?.[5] === undefined ? [] : [own[5]])]
}

/** Where Podman mounts a tmpfs, without reporting it, in a container with a read-only file system. */
export const podmanReadOnlyTmpfs = ['/run', '/tmp', '/var/tmp']
