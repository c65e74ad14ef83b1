import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { root } from '../../integration/harness/session.ts'
import { configMap, podOf, untilReady } from '../agent.ts'
import type { KubeObject } from '../cluster/api.ts'
import { filled, manifest, objectsOf, withFolders } from '../manifests.ts'
import { checksum, executable } from '../stage.ts'
import { type ClusterStory, denied, svid } from './story.ts'

/** The chart and helm, which nothing of this project downloads. */
const { SPIRE_CHART: chart, HELM: helm } = process.env
const why =
  chart === undefined || helm === undefined ? 'SPIRE_CHART and HELM are not set: docs/testing.md, "The cluster"' : null
if (why !== null) process.stderr.write(`The test of the official chart is skipped: ${why}.\n`)
const namespace = 'spire-system'

/** The official chart with our values, in place of our own manifests. The agent of those has to be gone. */
export function chartCases(story: () => ClusterStory): void {
  it.skipIf(why !== null)(`runs the agent by the official chart${why === null ? '' : ` (${why})`}`, async () => {
    const { stage, agent, pods, images } = story()
    const { api, folder, runtimeDir, layers } = stage.cluster
    await api.remove('/apis/apps/v1/namespaces/spire/daemonsets/spire-agent')
    await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const { data } = await api.get<{ data: Record<string, string> }>('/api/v1/namespaces/spire/configmaps/spire-agent')
    const trust = readFileSync(stage.sigstore.trustedRoot, 'utf8')
    await api.apply(
      configMap(
        'sigstore-attestor',
        { 'plugin.json': data['plugin.json'] ?? '', 'trusted_root.json': trust },
        namespace,
      ),
    )
    await api.apply(configMap('spire-bundle', { 'bundle.crt': story().server.bundle }, namespace))
    for (const object of rendered(story())) {
      await api.apply(
        object.kind === 'DaemonSet'
          ? withFolders(object, {
              '/run/containerd': runtimeDir,
              '/var/lib/containerd': layers,
              '/run/spire/agent-sockets': agent.socketFolder,
              '/var/lib/sigstore-attestor': join(folder, 'chart-records'),
              '/run/sigstore-attestor': join(folder, 'temporary'),
            })
          : object,
      )
    }
    // The probes that no value can change.
    await api.request(
      'PATCH',
      `/apis/apps/v1/namespaces/${namespace}/daemonsets/spire-agent`,
      parse(manifest('chart/probes.yaml')),
      'application/strategic-merge-patch+json',
    )
    const pod = () => podOf(stage, namespace, 'app.kubernetes.io/name=agent')
    await untilReady(stage, pod)
    await pods.run('charted', {
      containers: [
        { name: 'signed', image: images.signed.reference },
        { name: 'unsigned', image: images.unsigned.reference },
      ],
    })
    expect(await pods.answer('charted', 'signed')).toMatchObject(svid('signed'))
    expect(await pods.answer('charted', 'unsigned')).toMatchObject(denied)
  })
}

/** What helm makes of the chart with our values. Of the whole stack, the agent alone. */
function rendered({ stage, server, agent }: ClusterStory): readonly KubeObject[] {
  const { registry } = stage.sigstore
  const values = join(stage.cluster.folder, 'values.yaml')
  writeFileSync(
    values,
    filled(manifest('chart/values.yaml'), {
      'registry: registry.example': `registry: ${registry}`,
      'repository: spire-agent': 'repository: demo/spire-agent',
      [`1@sha256:${'0'.repeat(64)}`]: `1@${agent.image.digest}`,
      'CHANGE-plugin-checksum': checksum(executable),
    }),
  )
  const sets = [
    'global.spire.strictMode=false',
    'spire-server.enabled=false',
    'spiffe-csi-driver.enabled=false',
    'spiffe-oidc-discovery-provider.enabled=false',
    'spire-agent.server.address=127.0.0.1',
    `spire-agent.server.port=${server.port}`,
    'spire-agent.trustBundleFormat=pem',
    // Where the workloads of the tests look for it.
    'spire-agent.socketPath=/run/spire/agent-sockets/api.sock',
    'spire-agent.experimental.enabled=true',
    'spire-agent.experimental.syncInterval=250ms',
  ]
  const text = execFileSync(
    helm!,
    [
      'template',
      'spire',
      chart!,
      '--kube-version',
      '1.33',
      '--namespace',
      namespace,
      '--values',
      values,
      ...sets.flatMap((each) => ['--set', each]),
    ],
    { encoding: 'utf8', cwd: root },
  )
  return objectsOf(text)
}
