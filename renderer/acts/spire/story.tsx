import { certificatesInPem } from '../../../src/core/domain/certificates/pem.ts'
import type { AgentArtifact, EntryArtifact, TrustDomainArtifact } from '../../../src/core/workflow/artifacts.ts'
import { Chain, type Link, Story, StoryFacts, StoryResult } from '../../kit/story/story.tsx'
import { selectorFacts } from './selector-facts.ts'

const link = (id: string, name: string, note: string, state: Link['state'] = 'passed'): Link => ({
  id,
  name,
  note,
  state,
  word: state === 'passed' ? 'is there' : 'comes later',
})

/** The CA of the trust domain. */
export function ServerStory({ domain }: { domain: TrustDomainArtifact }) {
  const count = certificatesInPem(domain.bundlePem).length
  return (
    <Story
      result={
        <StoryResult
          says="Its trust bundle"
          more={`${count} CA ${count === 1 ? 'certificate' : 'certificates'}: with it anyone can check an SVID of this domain`}
        />
      }
    >
      <Chain
        label="SPIRE"
        links={[
          link('server', 'SPIRE server', 'signs SVIDs'),
          link('agent', 'SPIRE agent', 'on each node', 'open'),
          link('workload', 'Workload', 'will ask who it is', 'open'),
        ]}
      />
      <StoryFacts
        facts={[
          { name: 'Trust domain', value: domain.trustDomain },
          domain.serverVersion === null
            ? { name: 'Server', value: 'one that is already running', words: true }
            : { name: 'Server', value: `SPIRE ${domain.serverVersion}` },
        ]}
      />
    </Story>
  )
}

/** The agent of this node, with our attestor in it. */
export function AgentStory({ agent }: { agent: AgentArtifact }) {
  return (
    <Story result={<StoryResult says="This node is" value={agent.nodeAlias} label="node" />}>
      <Chain
        label="SPIRE"
        links={[
          link('server', 'SPIRE server', 'signs SVIDs'),
          link('agent', 'SPIRE agent', 'answers workloads here'),
          link('attestor', 'Attestor', 'finds out who signed'),
          link('workload', 'Workload', 'will ask who it is', 'open'),
        ]}
      />
      <StoryFacts
        facts={[
          agent.agentVersion === null
            ? { name: 'Agent', value: 'one that is already running', words: true }
            : { name: 'Agent', value: `SPIRE ${agent.agentVersion}`, note: 'answered that it is ready' },
        ]}
      />
    </Story>
  )
}

/** The rule: these selectors, this name. */
export function EntryStory({ entry }: { entry: EntryArtifact }) {
  return (
    <Story result={<StoryResult says="is called" value={entry.spiffeId} label="SPIFFE ID" />}>
      <p className="story-lead">A workload that has all of these</p>
      <StoryFacts facts={selectorFacts(entry.selectors, null)} />
    </Story>
  )
}
