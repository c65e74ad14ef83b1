import { posix } from 'node:path'

/** Folders that belong to the system with all that is in them. */
const ofSystem = /^\/(bin|boot|dev|etc|lib[^/]*|proc|sbin|sys|usr)(\/|$)/

/**
 * Whether mounting a folder of the machine would expose the machine itself: the root, what lies directly below it
 * (`/run` has every socket in it, `/var` every database), and system folders. A path that is not normalized (`..`,
 * `//`) counts as one, because engines write it differently.
 */
export function exposesMachine(mount: string): boolean {
  const plain = posix.normalize(mount).replace(/(?<=.)\/$/, '')
  return plain !== mount || plain.split('/').length < 3 || ofSystem.test(plain) || shared.includes(plain)
}

/** Below a top folder, but still with others' files and sockets in them. */
const shared = ['/run/lock', '/run/user', '/var/cache', '/var/lib', '/var/log', '/var/run', '/var/spool', '/var/tmp']
