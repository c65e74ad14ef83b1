/** One line of `/proc/<pid>/cgroup`: `id:controllers:path` (cgroups(7)). */
export interface CgroupLine {
  /** Hierarchy and controllers: what identifies the hierarchy in every process's file. */
  readonly hierarchy: string
  readonly path: string
}

/** What a process's cgroups say about its container. */
export type ContainerOfProcess =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'one'
      readonly id: string
      /** Every line that names a container: this one, or one around it. */
      readonly lines: readonly CgroupLine[]
      /** The containers around it that are the innermost in another line: then its engine runs in a container. */
      readonly around: readonly string[]
    }
  | { readonly kind: 'several'; readonly ids: readonly [string, string, ...string[]] }

const containerId = /(?<![0-9A-Za-z])[0-9a-f]{64}(?![0-9A-Za-z])/g

/** Parses the file; a malformed line is left out. Works for v1, v2 and the hybrid of both. */
export function parseCgroup(text: string): readonly CgroupLine[] {
  return text.split('\n').flatMap((line) => {
    const [, hierarchy, path] = /^([0-9]+:[^:]*):(\/.*)$/.exec(line) ?? []
    return hierarchy === undefined || path === undefined ? [] : [{ hierarchy, path }]
  })
}

/**
 * The container that the lines name: in each line the innermost 64 hex characters that stand alone. Lines without them
 * are ignored. An engine in a container does not always have a cgroup of its own for the containers that it starts, so
 * that one line names only the container around: then it is the one that lies below all others. Else two different ids
 * in two lines are `several`.
 */
export function containerOf(lines: readonly CgroupLine[]): ContainerOfProcess {
  const naming = lines.filter((line) => innermostId(line.path) !== undefined)
  const ids = [...new Set(naming.flatMap((line) => innermostId(line.path) ?? []))]
  const inner = ids.filter((id) => ids.every((other) => other === id || naming.some(isBelow(id, other))))
  const [first, second, ...more] = ids
  if (first === undefined) return { kind: 'none' }
  const [only, another] = inner
  if (only !== undefined && another === undefined) {
    return { kind: 'one', id: only, lines: naming, around: ids.filter((id) => id !== only) }
  }
  return { kind: 'several', ids: [first, second ?? first, ...more] }
}

/** Whether a line's path has one id below another. */
const isBelow =
  (id: string, above: string) =>
  ({ path }: CgroupLine): boolean => {
    const named: readonly string[] = path.match(containerId) ?? []
    return named.includes(above) && named.indexOf(above) < named.lastIndexOf(id)
  }

/**
 * Whether a process lives in a container: in every hierarchy that names the container or one around it, the process's
 * path starts with the path of the container's own first process, cut after that id. A cgroup of that name elsewhere,
 * which its owner may create at will, is not the container's. `naming` are the process's lines that name a container.
 * Returns the first that lies elsewhere, or undefined.
 */
export function strayLine(naming: readonly CgroupLine[], init: readonly CgroupLine[]): CgroupLine | undefined {
  return naming.find((line) => {
    const own = init.find((each) => each.hierarchy === line.hierarchy)
    const root = own === undefined ? undefined : cutAfter(own.path, innermostId(line.path))
    return root === undefined || !(line.path === root || line.path.startsWith(`${root}/`))
  })
}

const innermostId = (path: string): string | undefined => path.match(containerId)?.at(-1)

/** The path up to the end of the innermost segment that holds the id, or undefined when none does. */
function cutAfter(path: string, id: string | undefined): string | undefined {
  if (id === undefined || innermostId(path) !== id) return undefined
  const end = path.indexOf('/', path.lastIndexOf(id))
  return end < 0 ? path : path.slice(0, end)
}
