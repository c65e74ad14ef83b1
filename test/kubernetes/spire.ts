import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../src/core/machine/ports.ts'
import { startService } from '../../src/core/process/services/service.ts'
import { serverConfiguration } from '../../src/core/spire/configuration.ts'
import { createEntry } from '../../src/core/spire/entries.ts'
import { healthy } from '../../src/core/spire/server.ts'
import { runServer, type ServerCli } from '../../src/core/spire/server-cli.ts'
import { nodeName } from './cluster/configuration.ts'
import type { Stage } from './stage.ts'

/** A SPIRE server for the agents of a cluster. */
export interface ClusterServer {
  readonly port: number
  /** The trust domain's certificates, PEM. */
  readonly bundle: string
  /** Creates an entry below the cluster's node; the selectors as `spire-server` takes them. */
  readonly register: (path: string, selectors: readonly string[]) => Promise<void>
}

/** As in deploy/kubernetes. */
export const trustDomain = 'example.org'
export const clusterName = 'example-cluster'

/** Starts the server beside the cluster, which it asks about the agents' tokens. It ends with the session. */
export async function startClusterServer(
  { session, cluster }: Stage,
  agents: readonly string[],
): Promise<ClusterServer> {
  const { tools, folders, places, redactor, services } = session.resources
  const [folder, runtimeDir] = [join(cluster.folder, 'spire-server'), join(folders.runtime, 's')]
  for (const each of [folder, runtimeDir]) mkdirSync(each, { recursive: true, mode: 0o700 })
  const [port, socket] = [await freePort(), join(runtimeDir, 'api.sock')]
  const configuration = JSON.parse(serverConfiguration({ trustDomain, port, socket, dataFolder: folder })) as {
    plugins: { NodeAttestor: object }
  }
  configuration.plugins.NodeAttestor = {
    k8s_psat: {
      plugin_data: {
        clusters: { [clusterName]: { service_account_allow_list: agents, kube_config_file: cluster.kubeconfig } },
      },
    },
  }
  const file = join(folder, 'server.conf')
  writeFileSync(file, JSON.stringify(configuration), { mode: 0o600 })
  const program = tools['spire-server']
  const service = await startService({
    id: 'spire-server-cluster',
    program,
    args: ['run', '-config', file],
    cwd: folder,
    logFile: join(places.logs, 'spire-server-cluster.log'),
    redactor,
    pidFolder: places.pids,
    readyTimeoutMs: 30_000,
    probe: (signal) => healthy(program, socket, signal),
  })
  if (!service.ok) throw new Error(JSON.stringify(service.error))
  services.add('spire-server-cluster', service.value)
  const cli: ServerCli = { program, socket, redactor }
  const bundle = await runServer(cli, ['bundle', 'show'], { what: 'The bundle was read.' })
  if (!bundle.ok) throw new Error(JSON.stringify(bundle.error))
  const node = await cluster.api.get<{ metadata: { uid: string } }>(`/api/v1/nodes/${nodeName}`)
  const parentId = `spiffe://${trustDomain}/spire/agent/k8s_psat/${clusterName}/${node.metadata.uid}`
  return {
    port,
    bundle: bundle.value.value,
    register: async (path, selectors) => {
      const created = await createEntry(cli, {
        spiffeId: `spiffe://${trustDomain}/${path}`,
        parentId,
        selectors: selectors.map((text) => {
          const at = text.indexOf(':')
          return { type: text.slice(0, at), value: text.slice(at + 1) }
        }),
        svidTtlSeconds: 3600,
      })
      if (!created.ok) throw new Error(JSON.stringify(created.error))
    },
  }
}
