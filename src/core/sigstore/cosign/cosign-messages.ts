import type { Verdict } from '../../domain/verdict.ts'
import type { CommandOutcome } from '../../process/command.ts'
import { describeEnding } from '../../process/command.ts'

/** The meaning of how a cosign verification ended. */
export interface CosignMeaning {
  readonly verdict: Exclude<Verdict, 'not-checked'>
  /** In words: what was found instead. */
  readonly found: string
  readonly remedy?: string
}

interface Row {
  readonly pattern: RegExp
  readonly verdict: 'failed' | 'could-not-check' | 'not-present'
  readonly found: string
  readonly remedy: string
}

const signAgain = 'Sign the image again.'

/** What is found when the digest is not the signed one. */
export const otherDigestFound = 'the signed statement names another digest'

/** cosign accepts no private IP address for a token service unless it is the registry's own, and no other scheme. */
export const tokenServiceRefused =
  /(?:invalid realm in www-authenticate|refusing token-server redirect to "[^"\n]*"): ([^\n]*)/
export const tokenServiceRemedy =
  'Have those who run the registry name its token service by a host name with https, not by a private IP address.'

// The messages of cosign 3.1, most specific first: several of them can occur in one output.
const rows: readonly Row[] = [
  {
    pattern: /expected SAN value "([^"]*)", got "([^"]*)"/,
    verdict: 'failed',
    found: 'signed by $2, not by $1',
    remedy: 'Let $1 sign the image.',
  },
  {
    pattern: /expected issuer value "([^"]*)", got "([^"]*)"/,
    verdict: 'failed',
    found: 'issued by $2, not by $1',
    remedy: 'Sign with a login at $1.',
  },
  {
    pattern: /invalid predicate type, expected (\S+) got (\S+)/,
    verdict: 'failed',
    found: 'predicate type $2',
    remedy: 'Sign the image with cosign sign; an attestation is no signature.',
  },
  {
    pattern: /provided artifact digest does not match any digest in statement/,
    verdict: 'failed',
    found: otherDigestFound,
    remedy: 'Sign this very image.',
  },
  {
    pattern: /verifying inclusion: /,
    verdict: 'failed',
    found: 'the entry made from this bundle is not in the log\u2019s tree',
    remedy: signAgain,
  },
  {
    pattern: /unverified checkpoint signature|note has no verifiable signatures/,
    verdict: 'failed',
    found: 'the checkpoint is not signed by the log that the trusted root names',
    remedy: signAgain,
  },
  {
    pattern: /not enough verified log entries from transparency log/,
    verdict: 'failed',
    found: 'no entry in a log that the trusted root names',
    remedy: signAgain,
  },
  {
    pattern: /failed to verify timestamps/,
    verdict: 'failed',
    found: 'no timestamp by an authority that the trusted root names',
    remedy: signAgain,
  },
  {
    pattern: /leaf certificate verification failed/,
    verdict: 'failed',
    found: 'the certificate was not issued by the Fulcio that the trusted root names',
    remedy: signAgain,
  },
  {
    pattern: /failed to verify signed certificate timestamp/,
    verdict: 'failed',
    found: 'no SCT by a CT log that the trusted root names',
    remedy: signAgain,
  },
  {
    pattern: /setting trusted material|loading trusted root/,
    verdict: 'could-not-check',
    found: 'cosign could not read the trusted root',
    remedy: 'Make the trusted root again.',
  },
  {
    // With an address before it: for a signature's own certificate the message differs.
    pattern: /"https:\/\/[^"\n]*": [^\n]*(x509: certificate signed by unknown authority)/,
    verdict: 'could-not-check',
    found: 'the CA of the registry\u2019s certificate is not known: $1',
    remedy: 'Name the file (PEM) with that CA; where one is named, check whether it is the right one.',
  },
  {
    pattern: /"https:\/\/[^"\n]*": [^\n]*(x509: [^\n]*)/,
    verdict: 'could-not-check',
    found: 'the registry\u2019s certificate is not accepted: $1',
    remedy: 'Look at this machine\u2019s clock and at the registry\u2019s name; then have its certificate renewed.',
  },
  {
    pattern: tokenServiceRefused,
    verdict: 'could-not-check',
    found: 'cosign does not use the token service that the registry names: $1',
    remedy: tokenServiceRemedy,
  },
  {
    pattern: /TOOMANYREQUESTS|429 Too Many Requests/,
    verdict: 'could-not-check',
    found: 'the registry limits how often it is queried: $&',
    remedy: 'Wait, then verify once more; or log in (`docker login`): who does is allowed more.',
  },
  {
    pattern: /UNAUTHORIZED|401 Unauthorized|DENIED|403 Forbidden/,
    verdict: 'could-not-check',
    found: 'the registry refused: $&',
    remedy: 'Log in with an account that may read it (`docker login`), and name those credentials.',
  },
  {
    pattern: /dial tcp [^\n]*|no such host|context deadline exceeded|i\/o timeout/,
    verdict: 'could-not-check',
    found: 'the registry did not answer: $&',
    remedy: 'Start the registry again, then verify once more.',
  },
  {
    pattern: /is required for verification in keyless mode/,
    verdict: 'could-not-check',
    found: 'no signer was named',
    remedy: 'Name the signer and the issuer that are expected.',
  },
  {
    pattern: /unexpected status code 5\d\d[^\n]*/,
    verdict: 'could-not-check',
    found: 'the registry refused: $&',
    remedy: 'Look into the registry\u2019s log.',
  },
  {
    // cosign treats what it cannot read as a bundle as the legacy format.
    pattern: /--trusted-root only supported with --new-bundle-format/,
    verdict: 'failed',
    found: 'cosign could not read the bundle',
    remedy: signAgain,
  },
  {
    pattern: /no matching attestations/,
    verdict: 'failed',
    found: 'no signature that cosign accepts: $&',
    remedy: signAgain,
  },
]

/**
 * Interprets the output of `cosign verify` or `cosign verify-blob-attestation`. Anything unknown is "could not check".
 */
export function cosignMeaning(outcome: CommandOutcome): CosignMeaning {
  if (outcome.kind !== 'exited') {
    return { verdict: 'could-not-check', found: describeEnding(outcome), remedy: 'Verify once more.' }
  }
  // https://github.com/sigstore/cosign/tree/main/cmd/cosign/errors: 10 and 11 have a meaning of their own.
  if (outcome.exitCode === 0) return { verdict: 'passed', found: 'cosign accepts the signature' }
  if (outcome.exitCode === 10) return { verdict: 'not-present', found: 'no signature', remedy: 'Sign the image.' }
  if (outcome.exitCode === 11) return { verdict: 'not-present', found: 'no such image', remedy: 'Push the image.' }
  for (const row of rows) {
    const match = row.pattern.exec(outcome.stderr)
    if (match === null) continue
    const fill = (text: string): string =>
      text.replace(/\$([&12])/g, (_, key: string) => match[key === '&' ? 0 : Number(key)] ?? '')
    return { verdict: row.verdict, found: fill(row.found), remedy: fill(row.remedy) }
  }
  const last = outcome.stderr.split('\n').findLast((line) => line.trim() !== '')
  return {
    verdict: 'could-not-check',
    found: `${describeEnding(outcome)}: ${last ?? 'no message'}`,
    remedy: 'Read cosign\u2019s message.',
  }
}
