import type { AttestationArtifact, EntryArtifact } from '../../src/core/workflow/artifacts.ts'
import { Fact, Facts } from '../ui/facts.tsx'
import { LitText } from '../ui/lit.tsx'
import { Ruler } from '../ui/ruler.tsx'
import { shortenHashes } from '../ui/text.ts'
import { Value } from '../ui/value.tsx'
import { SelectorMatcher } from './selector-matcher.tsx'
import { SvidCard } from './svid-card.tsx'

interface IdentityViewProps {
  readonly attestation: AttestationArtifact
  readonly entry: EntryArtifact | undefined
  readonly now: string
}

/** Why this workload got its name, or did not: what was needed against what was obtained; then the SVID itself. */
export function IdentityView({ attestation, entry, now }: IdentityViewProps) {
  const { svid, denial, decision } = attestation
  // The record holds the values; the type is the name of the plugin that said them, as the entry writes it.
  const type = entry?.selectors[0]?.split(':')[0] ?? 'sigstore'
  const obtained = decision.selectors.map((value) => `${type}:${value}`)
  return (
    <div className="act-picture">
      <SvidCard attestation={attestation} />
      {entry === undefined ? null : <SelectorMatcher needed={entry.selectors} obtained={obtained} />}
      {svid === null ? null : (
        <>
          <Ruler from={svid.notBefore} to={svid.notAfter} moments={[{ at: now, label: 'now' }]} />
          <Facts>
            <Fact name="Serial number">
              <Value value={svid.serial} label="serial number" copy />
            </Fact>
            <Fact name="Chain" note="every certificate is signed by the next, the last one by the trust bundle">
              {svid.chainPem.length} in the chain, {svid.bundlePem.length} in the bundle
            </Fact>
          </Facts>
        </>
      )}
      <Facts>
        {denial === null ? null : (
          <Fact name="What would mend it">
            <LitText text={denial.remedy} draw={shortenHashes} />
          </Fact>
        )}
        <Fact name="Process" note="as the kernel names it">
          <Value value={String(decision.pid)} label="process" />
        </Fact>
        <Fact name="Container">
          <Value value={attestation.containerId} label="container" short copy />
        </Fact>
        <Fact name="Time taken" note={decision.cached ? 'with an answer from the cache' : 'nothing came from a cache'}>
          {decision.elapsedMs} ms
        </Fact>
      </Facts>
    </div>
  )
}
