import type { SignatureArtifact } from '../../src/core/workflow/artifacts.ts'
import { recompute } from '../state/proof.ts'
import { DigestStrip } from '../ui/digest-strip.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Value } from '../ui/value.tsx'
import { ProofTree } from './proof-tree.tsx'
import './log-entry-view.css'

/** The entry in Rekor: how its hash comes from the image's digest, and the proof that the log contains it. */
export function LogEntryView({ signature }: { signature: SignatureArtifact }) {
  const { logEntry, signedHash, subject } = signature
  const proof = recompute(logEntry)
  return (
    <div className="act-picture">
      <ol className="derivation" aria-label="From the image to the log">
        <Derived says="what was signed" name="Image digest" value={subject} />
        <Derived says="named in a statement, in a" name="DSSE envelope" />
        <Derived says="SHA-256 of its signed bytes" name="Logged hash" value={signedHash} />
        <Derived says="the entry around it" name="Leaf" value={logEntry.leafHash} />
      </ol>
      {proof === undefined ? (
        <p>The proof’s hashes do not fit its index and size, so there is nothing to compute.</p>
      ) : (
        <>
          <ProofTree entry={logEntry} proof={proof} />
          <dl className="roots">
            <div>
              <dt>Computed root</dt>
              <dd>
                <Value value={proof.root} label="computed root" short />
              </dd>
            </div>
            <div>
              <dt>Checkpoint’s root</dt>
              <dd>
                <Value value={logEntry.rootHash} label="root of the checkpoint" short copy />
              </dd>
            </div>
            <div className={proof.holds ? 'roots-same' : 'roots-other'}>
              <dt className="hidden">Result</dt>
              <dd>{proof.holds ? 'equal: the entry is in the log' : 'not equal: the entry is not in this log'}</dd>
            </div>
          </dl>
        </>
      )}
      <Facts>
        <Fact name="Kind">
          <Value value={logEntry.kind} label="kind of entry" />
        </Fact>
        <Fact name="Log">
          <Value value={logEntry.origin} label="origin of the log" />
          <Value value={logEntry.logId} label="log id" short copy />
        </Fact>
        <Fact name="Time" note="the log keeps none: a timestamp authority signed it">
          {signature.timestamp === null ? 'no time stamp' : <Value value={signature.timestamp} label="time stamp" />}
        </Fact>
        <Fact name="Not in this log">the image, the private key, the login token</Fact>
      </Facts>
    </div>
  )
}

function Derived({ says, name, value }: { says: string; name: string; value?: string }) {
  return (
    <li className="derived">
      <span className="quiet small">{says}</span>
      <span className="derived-name">{name}</span>
      {value === undefined ? null : (
        <>
          <span className="mono">
            <Value value={value} label={name} short />
          </span>
          <DigestStrip digest={value} />
        </>
      )}
    </li>
  )
}
