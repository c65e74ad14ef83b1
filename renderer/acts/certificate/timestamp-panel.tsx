import { bytesToHex } from '@noble/hashes/utils.js'
import type { Timestamp } from '../../../src/core/domain/bundle/timestamp.ts'
import type { CheckedTimestamp } from '../../../src/core/domain/bundle/timestamp-checks.ts'
import { hashes } from '../../../src/core/domain/certificates/public-key.ts'
import { TimeValue } from '../../kit/controls/time-value.tsx'
import { Value } from '../../kit/controls/value.tsx'
import { Checks } from '../../kit/facts/checks.tsx'
import { Fact, Facts } from '../../kit/facts/facts.tsx'

/** An RFC 3161 timestamp: who attests since when this signature has existed, and how that was checked. */
export function TimestampPanel({ stamp, checked }: { stamp: Timestamp; checked: CheckedTimestamp }) {
  return (
    <>
      <Facts>
        <Fact name="At" note={stamp.accuracy === null ? 'accuracy not stated' : `give or take ${stamp.accuracy}`}>
          <TimeValue time={stamp.time} label="timestamp" copy />
        </Fact>
        <Fact name="Says" note={checked.authority === null ? 'unknown authority' : 'an authority of the trusted root'}>
          {checked.chain[0]?.subject ?? `certificate ${stamp.signed.certificate}`}
        </Fact>
        <Fact name="About" note="the hash of the signature">
          <Value value={bytesToHex(stamp.imprint.hash)} label="message imprint" short copy />
          <span>{hashes[stamp.imprint.algorithm]?.name ?? stamp.imprint.algorithm}</span>
        </Fact>
        <Fact name="Policy" note={stamp.nonce === null ? 'without a nonce' : `nonce ${stamp.nonce}`}>
          <Value value={stamp.policy} label="policy of the timestamp" />
        </Fact>
        <Fact name="Serial number">
          <Value value={stamp.serial} label="serial number of the timestamp" short copy />
        </Fact>
      </Facts>
      <Checks checks={checked.checks} names={names} label="How the timestamp was checked" parallel />
    </>
  )
}

const names = { imprint: 'Imprint', authority: 'Authority', stamp: 'Signature', 'valid-then': 'Valid then' }
