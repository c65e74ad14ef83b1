// The processes of one installation of this program, found in /proc.
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'

/** @typedef {{ pid: number, parent: number, since: string, words: string[] }} Found */

/** Every living process. @returns {Found[]} */
function everything() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = read(`/proc/${name}/stat`)
      const [state = 'X', parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state === 'Z' || state === 'X') return []
      const words = read(`/proc/${name}/cmdline`).split('\0').slice(0, -1)
      return [{ pid: Number(name), parent: Number(parent), since: rest[17] ?? '', words }]
    })
}

/**
 * Those that descend from `root`, or name our runtime or state folder, and their children. Never this script.
 * @param {number} root
 * @param {readonly string[]} folders
 */
export function ours(root, folders) {
  const all = everything()
  const found = new Map(
    all
      .filter(({ pid, words }) => pid === root || words.some((word) => folders.some((folder) => word.includes(folder))))
      .map((each) => [each.pid, each]),
  )
  for (let more = true; more; ) {
    const children = all.filter(({ pid, parent }) => !found.has(pid) && found.has(parent))
    for (const child of children) found.set(child.pid, child)
    more = children.length > 0
  }
  found.delete(process.pid)
  return [...found.values()]
}

/** Whether it is still the same process, and lives. @param {Found} process */
export function lives({ pid, since }) {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[19] === since && fields[0] !== 'Z'
}

/** @param {string} program */
const runs =
  (program) =>
  (/** @type {Found} */ { words: [first = ''] }) =>
    basename(first) === program
/** @param {string} word */
const has =
  (word) =>
  (/** @type {Found} */ { words }) =>
    words.some((each) => each.endsWith(word))
/** @param {string} program @param {...string} commands */
const calls =
  (program, ...commands) =>
  (/** @type {Found} */ found) =>
    runs(program)(found) && commands.includes(found.words[1] ?? '')

/**
 * What can be killed: how it is recognised, and how the story must call it when it cannot go on without it. `short`
 * ones live for a moment, so they are killed as soon as they are seen.
 * @type {Readonly<Record<string, { is: (found: Found, all: readonly Found[]) => boolean, named?: RegExp, short?: true }>>}
 */
export const kinds = {
  'ct-log': { is: runs('ct-log'), named: /ct-log/ },
  rekor: { is: runs('rekor-server'), named: /rekor/ },
  'timestamp-authority': { is: runs('timestamp-server'), named: /timestamp/ },
  fulcio: { is: runs('fulcio'), named: /fulcio/i },
  registry: { is: runs('registry'), named: /registry/ },
  issuer: { is: has('/oidc-issuer.mjs'), named: /issuer/ },
  'spire-server': { is: calls('spire-server', 'run'), named: /spire-server|SPIRE server/ },
  'spire-agent': { is: calls('spire-agent', 'run'), named: /spire-agent|SPIRE agent/ },
  plugin: { is: has('/attestor-plugin.cjs'), named: /plugin/ },
  dockerd: { is: runs('dockerd'), named: /dockerd|container engine/ },
  containerd: { is: runs('containerd'), named: /containerd|container engine/ },
  shim: { is: runs('containerd-shim-runc-v2'), named: /container/, short: true },
  workload: {
    is: ({ parent }, all) => all.some((each) => each.pid === parent && runs('containerd-shim-runc-v2')(each)),
    named: /container|workload/,
    short: true,
  },
  'cosign sign': { is: calls('cosign', 'sign'), named: /cosign/, short: true },
  'cosign verify': { is: calls('cosign', 'verify'), named: /cosign/, short: true },
  opener: { is: has('/xdg-open'), named: /browser|login|cosign/, short: true },
  'spire command': {
    is: (found) => calls('spire-server', 'entry', 'token', 'bundle')(found),
    named: /SPIRE server/,
    short: true,
  },
  story: { is: has('/dist/cli.js') },
  'stage 0': { is: has('/bootstrap.cjs') },
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
