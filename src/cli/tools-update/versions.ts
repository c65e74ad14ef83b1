import { coerce, gt, major, parse, rcompare } from 'semver'

/**
 * The newest version of a module that could replace `current`: stable, and of the same major version, because another
 * one is another module. Null when there is none. Both forms, with and without `v`, are read; the result has none.
 */
export function newerVersion(current: string, listed: readonly string[]): string | null {
  const stable = listed.flatMap((text) => {
    const version = parse(text)
    return version === null || version.prerelease.length > 0 || version.build.length > 0 ? [] : [version.version]
  })
  const now = coerce(current)?.version
  if (now === undefined) return null
  const [newest] = stable.filter((version) => major(version) === major(now) && gt(version, now)).toSorted(rcompare)
  return newest ?? null
}

/** The text of a lock file in which a program has another version, or null when the text does not name the old one. */
export function withVersion(lock: string, program: string, from: string, to: string): string | null {
  const head = `"${program}": {\n      "version": `
  const at = lock.indexOf(`${head}"${from}"`)
  if (at === -1) return null
  const value = at + head.length
  return `${lock.slice(0, value)}"${to}"${lock.slice(value + from.length + 2)}`
}
