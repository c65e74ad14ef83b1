/** Every external program the story needs. Fixed, in doctor's order. */
export const storyToolIds = [
  'cosign',
  'spire-server',
  'spire-agent',
  'fulcio',
  'rekor-server',
  'timestamp-server',
  'registry',
  'ct-log',
  'workload',
] as const

/** A cluster of one node, for the tests: nothing else sets these up. */
export const kubernetesToolIds = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubelet'] as const

/** The programs that are set up together. */
export const toolSets = { story: storyToolIds, kubernetes: kubernetesToolIds } as const
export type ToolSet = keyof typeof toolSets

export const toolIds = [...storyToolIds, ...kubernetesToolIds] as const
export type StoryToolId = (typeof storyToolIds)[number]
export type KubernetesToolId = (typeof kubernetesToolIds)[number]
export type ToolId = StoryToolId | KubernetesToolId

/** Where each program of the story is: absolute paths. */
export type ToolPaths = Readonly<Record<StoryToolId, string>>

/** How a program came to this machine, in the order in which the sources are tried. */
export type ToolSource = 'set by the user' | 'PATH' | 'release' | 'Debian package' | 'Go build' | 'npm package'

/** A program that exists and fits. */
export interface ResolvedTool {
  readonly id: ToolId
  /** Absolute. */
  readonly path: string
  /** What the binary itself reports; for our own two programs, which report none, the content of their sources. */
  readonly version: string
  readonly source: ToolSource
  /** Of the file at `path`: 64 lower-case hex characters. */
  readonly sha256: string
  /** One sentence: why these bytes are trusted to be the program. */
  readonly trust: string
}

/** Where each program is, from what was resolved. */
export function toolPaths(tools: Readonly<Record<StoryToolId, ResolvedTool>>): ToolPaths {
  return {
    cosign: tools.cosign.path,
    'spire-server': tools['spire-server'].path,
    'spire-agent': tools['spire-agent'].path,
    fulcio: tools.fulcio.path,
    'rekor-server': tools['rekor-server'].path,
    'timestamp-server': tools['timestamp-server'].path,
    registry: tools.registry.path,
    'ct-log': tools['ct-log'].path,
    workload: tools.workload.path,
  }
}
