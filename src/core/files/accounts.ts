import { readFileSync } from 'node:fs'

/** The fields of every line of `/etc/passwd` or `/etc/group`; empty if the file cannot be read. */
function lines(file: string): string[][] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
  } catch {
    return []
  }
}

/** A user for a message: the name if this machine has one, and the number. */
export function describeUser(uid: number): string {
  const name = lines('/etc/passwd').find((fields) => fields[2] === String(uid))?.[0]
  return name === undefined ? `user ${uid}` : `user ${uid} (${name})`
}

/**
 * Whether a group has no member but root and the user of this process. Distributions with private groups use umask 002,
 * so directories of such a user are group-writable without being shared. A group that the local files do not list
 * counts as shared.
 */
export function isPrivateGroup(gid: number): boolean {
  const accounts = lines('/etc/passwd')
  const group = lines('/etc/group').find((fields) => fields[2] === String(gid))
  if (group === undefined) return false
  const uids = new Map(accounts.map(([name, , uid]) => [name, Number(uid)]))
  const primary = accounts.filter((fields) => fields[3] === String(gid)).map(([, , uid]) => Number(uid))
  const listed = (group[3] ?? '').split(',').filter((name) => name !== '')
  const members = [...primary, ...listed.map((name) => uids.get(name))]
  // A group without members is for programs that run with it (`staff`, `utmp`), whoever started them.
  return members.length > 0 && members.every((uid) => uid === 0 || uid === process.geteuid?.())
}
