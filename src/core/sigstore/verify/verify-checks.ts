import type { SignatureFacts } from '../../domain/bundle/bundle.ts'
import { isIndexOfProof } from '../../domain/log/log-entry.ts'
import type { Check } from '../../domain/verdict.ts'

/** The checks that the library makes. `digest` is here because it also verifies the envelope's signature. */
export type LibraryCheckId = 'chain' | 'sct' | 'log' | 'time' | 'digest'

export interface LibraryFailure {
  readonly check: LibraryCheckId
  readonly message: string
}

/** Which check an error of @sigstore/verify 4.1 belongs to. Its codes distinguish chain and SCT by the message only. */
export function whichCheck(code: string, message: string): LibraryCheckId {
  switch (code) {
    case 'TIMESTAMP_ERROR':
      return 'time'
    case 'CERTIFICATE_ERROR':
    case 'PUBLIC_KEY_ERROR':
      return /\bSCTs?\b/.test(message) ? 'sct' : 'chain'
    case 'SIGNATURE_ERROR':
      return 'digest'
    default:
      return 'log'
  }
}

// The order in which the library works: what comes after its first failure was not checked.
const order: readonly LibraryCheckId[] = ['time', 'chain', 'sct', 'log', 'digest']

/** The four checks chain, sct, log, time after the library has run: passed up to the failure, not checked after it. */
export function checksAfter(
  failure: LibraryFailure | undefined,
  facts: SignatureFacts,
  /** The times that timestamps prove, and whether an SCT is required. */
  { proved, sct: sctAskedFor }: { readonly proved: readonly string[]; readonly sct: boolean },
): readonly Check<'chain' | 'sct' | 'log' | 'time'>[] {
  const failedAt = failure === undefined ? order.length : order.indexOf(failure.check)
  const check = <Id extends 'chain' | 'sct' | 'log' | 'time'>(id: Id, text: CheckText): Check<Id> => {
    const at = order.indexOf(id)
    if (at < failedAt) return { id, verdict: 'passed', expected: text.expected, found: text.found }
    if (at > failedAt) return { id, verdict: 'not-checked', expected: text.expected, found: 'an earlier check failed' }
    return { id, verdict: 'failed', expected: text.expected, found: failure?.message ?? '', remedy: text.remedy }
  }
  const { certificate, logEntry } = facts
  return [
    check('chain', {
      expected: 'the certificate was issued by the trusted Fulcio and was valid when the signature was made',
      found: `certificate ${certificate.serial}, valid ${certificate.notBefore} to ${certificate.notAfter}`,
      remedy: 'Sign the image again with the Fulcio that the trusted root names.',
    }),
    check('sct', {
      expected: 'the CT log promised to publish the certificate',
      found: sctAskedFor ? 'an SCT by a CT log of the trusted root' : 'the configuration asks for none',
      remedy: 'Sign the image again; Fulcio adds the SCT of its CT log.',
    }),
    indexCheck(
      check('log', {
        expected: 'the log\u2019s signed checkpoint contains the entry, and the entry is about this signature',
        found: [logEntry, ...facts.otherLogEntries]
          .map((entry) => `entry ${entry.logIndex} in a tree of ${entry.treeSize}, log ${entry.logId}`)
          .join('; '),
        remedy: 'Sign the image again, with a log that the trusted root names.',
      }),
      facts,
    ),
    check('time', {
      expected: 'a trusted timestamp authority timestamped the signature',
      found: proved.length > 0 ? `timestamp ${proved.join(', ')}` : 'the log\u2019s signed time',
      remedy: 'Sign the image again, with a timestamp authority that the trusted root names.',
    }),
  ]
}

interface CheckText {
  readonly expected: string
  readonly found: string
  readonly remedy: string
}

function indexCheck(check: Check<'log'>, { logEntry, otherLogEntries }: SignatureFacts): Check<'log'> {
  if (check.verdict !== 'passed') return check
  const wrong = [logEntry, ...otherLogEntries].find((entry) => !isIndexOfProof(entry))
  if (wrong === undefined) return check
  return {
    id: 'log',
    verdict: 'failed',
    expected: `the entry has the index that its proof is about, ${wrong.proofIndex}`,
    found: `index ${wrong.logIndex}`,
    remedy: 'Sign the image again.',
  }
}
