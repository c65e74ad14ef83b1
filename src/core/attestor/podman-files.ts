import type { StartFacts } from '../containers/launch-facts.ts'

/**
 * The files that Podman adds to a container whose image runs as a number that it has no name for (Podman 5.8,
 * libpod/container_internal_common.go), by path, with exactly the text that it writes. Nothing for other users.
 */
export function podmanFiles({ user, workingFolder }: StartFacts): ReadonlyMap<string, string> {
  const [, uid, gid] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(user) ?? []
  if (uid === undefined) return new Map()
  const passwd = `${uid}:*:${uid}:${gid ?? 0}:container user:${workingFolder || '/'}:/bin/sh\n`
  return new Map([
    ['/etc/passwd', passwd],
    ...(gid === undefined ? [] : [['/etc/group', `${gid}:x:${gid}:${uid}\n`] as const]),
  ])
}
