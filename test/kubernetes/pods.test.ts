import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { noCluster } from '../../src/cli/test/cluster.ts'
import { deployAgent } from './agent.ts'
import { agentCases } from './cases/agent.ts'
import { chartCases } from './cases/chart.ts'
import { containerCases } from './cases/containers.ts'
import { identityCases } from './cases/identities.ts'
import type { ClusterStory } from './cases/story.ts'
import { startClusterServer } from './spire.ts'
import { startStage } from './stage.ts'
import { Workloads } from './workloads.ts'

const why = noCluster()
if (why !== undefined) process.stderr.write(`The tests of the cluster are skipped: ${why}.\n`)

describe.skipIf(why !== undefined)(`a cluster${why === undefined ? '' : ` (${why})`}`, () => {
  let story: ClusterStory | undefined
  const theStory = (): ClusterStory => story!

  beforeAll(async () => {
    const stage = await startStage()
    try {
      const server = await startClusterServer(stage, ['spire:spire-agent', 'spire-system:spire-agent'])
      const signer = (subject: string) => `sigstore:signer:${stage.sigstore.issuer}|${subject}@sandbox.example`
      await server.register('signed', [signer('engineer')])
      await server.register('payments', ['k8s:ns:default', 'k8s:sa:payments', signer('intern')])
      const [signed, unsigned, byIntern] = [
        await stage.workload('signed'),
        await stage.workload('unsigned'),
        await stage.workload('by-intern'),
      ]
      await stage.sign(signed.reference)
      await stage.sign(byIntern.reference, 'intern')
      const agent = await deployAgent(stage, server)
      story = { stage, server, agent, pods: new Workloads(stage, agent), images: { signed, unsigned, byIntern } }
    } catch (error) {
      await stage.stop()
      throw error
    }
  })
  afterEach(async ({ task }) => {
    if (story === undefined) return
    if (task.result?.state === 'fail') {
      const pod = await story.agent.pod().catch(() => undefined)
      const log = pod === undefined ? 'its pod is gone' : story.stage.cluster.logs(pod, 'spire-agent')
      process.stderr.write(`The agent's log:\n${log.split('\n').slice(-40).join('\n')}\n`)
    }
    await story.pods.remove()
  })
  afterAll(() => story?.stage.stop())

  identityCases(theStory)
  containerCases(theStory)
  agentCases(theStory)
  // It takes the place of the agent of the manifests.
  chartCases(theStory)
})
