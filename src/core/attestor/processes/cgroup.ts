/** One line of `/proc/<pid>/cgroup`: `id:controllers:path` (cgroups(7)). */
export interface CgroupLine {
  /** Hierarchy and controllers: what identifies the hierarchy in every process's file. */
  readonly hierarchy: string
  readonly path: string
}

/** What a process's cgroups say about its container. */
export type ContainerOfProcess =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly id: string; readonly lines: readonly CgroupLine[] }
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
 * are ignored; two different ids in two lines are `several`.
 */
export function containerOf(lines: readonly CgroupLine[]): ContainerOfProcess {
  const naming = lines.flatMap((line) => {
    const id = innermostId(line.path)
    return id === undefined ? [] : [{ id, line }]
  })
  const [first, second, ...more] = [...new Set(naming.map((each) => each.id))]
  if (first === undefined) return { kind: 'none' }
  if (second !== undefined) return { kind: 'several', ids: [first, second, ...more] }
  return { kind: 'one', id: first, lines: naming.map((each) => each.line) }
}

/**
 * Whether a process lives in a container: in every hierarchy that names the container, the process's path starts with
 * the path of the container's own first process, cut after the id. A cgroup of that name elsewhere, which its owner may
 * create at will, is not the container's. `naming` are the process's lines that name the container. Returns the first
 * that lies elsewhere, or undefined.
 */
export function strayLine(
  id: string,
  naming: readonly CgroupLine[],
  init: readonly CgroupLine[],
): CgroupLine | undefined {
  return naming.find((line) => {
    const own = init.find((each) => each.hierarchy === line.hierarchy)
    const root = own === undefined ? undefined : cutAfter(own.path, id)
    return root === undefined || !(line.path === root || line.path.startsWith(`${root}/`))
  })
}

const innermostId = (path: string): string | undefined => path.match(containerId)?.at(-1)

/** The path up to the end of the innermost segment that holds the id, or undefined when none does. */
function cutAfter(path: string, id: string): string | undefined {
  if (innermostId(path) !== id) return undefined
  const end = path.indexOf('/', path.lastIndexOf(id))
  return end < 0 ? path : path.slice(0, end)
}
