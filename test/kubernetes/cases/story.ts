import type { NodeAgent } from '../agent.ts'
import { type ClusterServer, trustDomain } from '../spire.ts'
import type { Image, Stage } from '../stage.ts'
import type { Workloads } from '../workloads.ts'

/** What the cases share. */
export interface ClusterStory {
  readonly stage: Stage
  readonly server: ClusterServer
  readonly agent: NodeAgent
  readonly pods: Workloads
  /** The unsigned one differs from the signed one in its digest only. */
  readonly images: Readonly<Record<'signed' | 'unsigned' | 'byIntern', Image>>
}

/** What a workload of an entry gets. */
export const svid = (path: string) => ({ outcome: 'svid', spiffeId: `spiffe://${trustDomain}/${path}` })

/** What one gets that no entry matches. */
export const denied = { outcome: 'refused', code: 'PermissionDenied' }
