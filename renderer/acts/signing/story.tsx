import type { SignatureArtifact, VerificationArtifact } from '../../../src/core/workflow/artifacts.ts'
import type { Publication } from '../../../src/core/workflow/publication.ts'
import { checkLink, worstOf } from '../../kit/story/links.ts'
import { Chain, type Link, Skyline, Story, StoryFacts, StoryResult } from '../../kit/story/story.tsx'
import { useTimes } from '../../kit/text/zone.tsx'
import { shortSubject } from '../../state/signer.ts'
import { promisedTime } from '../log-entry/facts.ts'

/** Who recorded the signature, and what was signed. */
export function SignatureStory({ signature }: { signature: SignatureArtifact }) {
  const { signer, certificate, logEntry, timestamp, bundleJson } = signature
  const { timeOfDay } = useTimes()
  const promised = timestamp === null ? promisedTime(bundleJson) : null
  const station = (id: string, name: string, note: string): Link => ({
    id,
    name,
    note,
    state: 'passed',
    word: 'recorded it',
  })
  return (
    <Story result={<StoryResult says="Signed by" value={signer.subject} label="signer" />}>
      <Chain
        label="Who recorded it"
        links={[
          station('login', 'Login', shortSubject(signer.subject)),
          station('fulcio', 'Fulcio', `until ${timeOfDay(certificate.notAfter)}`),
          station('ct-log', 'CT log', 'the certificate'),
          ...(timestamp === null ? [] : [station('timestamp', 'Timestamp', timeOfDay(timestamp))]),
          station('rekor', 'Rekor', `entry ${logEntry.logIndex}`),
          ...(promised === null ? [] : [station('promise', 'Rekor’s clock', timeOfDay(promised))]),
        ]}
      />
      <Skyline name="What was signed" digest={signature.subject} tone="thread" says="the digest, not the name" />
    </Story>
  )
}

/** The checks by subject: seven knots for all of them. */
const groups: readonly (readonly [name: string, ids: readonly string[]])[] = [
  ['cosign', ['cosign']],
  ['Certificate', ['chain', 'sct']],
  ['CT log', ['ct-checkpoint', 'ct-entry', 'ct-proof']],
  [
    'Log entry',
    ['log', 'log-checkpoint', 'log-entry', 'log-proof', 'log-history', 'log-index', 'log-promise', 'log-shard'],
  ],
  ['Time', ['time']],
  ['Digest', ['digest', 'predicate']],
  ['Signer', ['signer']],
]

/** Every check by its subject; how many passed. */
export function VerificationStory({
  verification: { checks, expectedSigner },
}: {
  verification: VerificationArtifact
}) {
  const named = groups.flatMap(([name, ids]) => {
    const own = checks.filter(({ id }) => ids.includes(id))
    return own.length === 0 ? [] : [checkLink({ id: name, verdict: worstOf(own) }, name)]
  })
  const rest = checks.filter(({ id }) => !groups.some(([, ids]) => ids.includes(id)))
  const links = rest.length === 0 ? named : [...named, checkLink({ id: 'others', verdict: worstOf(rest) }, 'Others')]
  const passed = checks.filter(({ verdict }) => verdict === 'passed').length
  const all = passed === checks.length
  return (
    <Story
      result={
        <StoryResult
          says={`${passed} of ${checks.length} checks passed`}
          more="cosign’s, and each proof computed again here"
          tone={all ? 'ink' : 'cut'}
          empty={!all}
        />
      }
    >
      <Chain parallel label="Checks of the signature" links={links} />
      <StoryFacts
        facts={[
          { name: 'Expected signer', value: expectedSigner.subject },
          { name: 'Issued by', value: expectedSigner.issuer },
        ]}
      />
    </Story>
  )
}

/** What becomes public, in short: every place, for how long, and the values that name a person. */
export function ConsentStory({ publications, agreed }: { publications: readonly Publication[]; agreed: boolean }) {
  const personal = [
    ...new Set(publications.flatMap(({ fields }) => fields.filter((each) => each.personal).map(({ value }) => value))),
  ]
  return (
    <Story
      result={
        <StoryResult
          says={agreed ? 'Approved' : 'Nothing has left this machine yet'}
          empty={!agreed}
          more={agreed ? 'before anything left this machine' : 'every field is listed at depth “engineer”'}
        />
      }
    >
      <StoryFacts
        facts={[
          ...publications.slice(0, 4).map(({ place, forEver }) => ({
            name: place,
            value: forEver ? 'public for ever' : 'public until you delete it',
            words: true,
            state: 'open' as const,
          })),
          ...(personal[0] === undefined ? [] : [{ name: 'It names you', value: personal.join(', ') }]),
        ]}
      />
    </Story>
  )
}
