import { homedir, hostname } from 'node:os'
import type { Folders } from '../../machine/folders.ts'

/** A path of this machine and its replacement in a recording. */
type Replacement = readonly [found: string, instead: string]

/**
 * Makes text fit to leave this machine: the folders, the home and the name of this machine are replaced by those of a
 * fictitious machine. A recording is shown elsewhere, and must not reveal where its author's files are.
 */
export function neutralWords(
  folders: Folders,
  programFolders: readonly string[],
  own: { readonly home: string; readonly name: string } = { home: homedir(), name: hostname() },
): (text: string) => string {
  const home = '/home/you'
  const paths: readonly Replacement[] = [
    [folders.state, `${home}/.local/state/sigstore-attestor`],
    [folders.cache, `${home}/.cache/sigstore-attestor`],
    [folders.config, `${home}/.config/sigstore-attestor`],
    [folders.runtime, '/run/user/1000/sigstore-attestor'],
    ...programFolders.map((folder): Replacement => [folder, '/opt/sigstore-attestor']),
    [own.home, home],
  ]
  const rules = paths
    .filter(([found]) => found.length > 1)
    // The longest first: a state folder lies in a home.
    .sort(([a], [b]) => b.length - a.length)
    .map(([found, instead]) => [new RegExp(`${before}${escaped(found)}(?![\\w-])`, 'g'), instead] as const)
  // Elsewhere a short name is an ordinary word; here it begins the number that a service gives to a request.
  const named = new RegExp(`\\[${escaped(own.name)}/`, 'g')
  return (text) =>
    rules.reduce((out, [found, instead]) => out.replace(found, instead), text).replace(named, '[this-machine/')
}

/** A path begins here: it is not the rest of a longer one, though it may follow `unix://`. */
const before = '(?<![\\w.-]|(?<!:/)/)'

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
