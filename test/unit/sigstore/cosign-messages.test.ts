import { describe, expect, it } from 'vitest'
import type { CommandOutcome } from '../../../src/core/process/command.ts'
import { cosignMeaning } from '../../../src/core/sigstore/cosign/cosign-messages.ts'

const ended = {
  command: ['cosign'],
  stdout: '',
  stderr: '',
  unmasked: () => ({ stdout: '', stderr: '' }),
  elapsedMs: 1,
}
const exited = (exitCode: number, stderr = ''): CommandOutcome => ({ ...ended, kind: 'exited', exitCode, stderr })

// Captured from cosign 3.1.2, `verify` and `verify-blob-attestation`.
const inclusion = 'failed to verify log inclusion: verifying log entry: verifying inclusion: '
const rows: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'another signer',
    'failed to verify certificate identity: no matching CertificateIdentity found, last error: expected SAN value "bob@x.example", got "engineer@sandbox.example"',
    'failed',
    /^signed by engineer@sandbox.example, not by bob@x.example$/,
  ],
  [
    'a registry of an authority that is not known',
    'Get "https://192.0.2.2:37355/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'could-not-check',
    /certificate signed by unknown authority$/,
  ],
  [
    'a registry whose certificate has expired',
    'Get "https://192.0.2.2:44341/v2/": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-21T21:07:34Z is after 2026-11-20T21:07:34Z',
    'could-not-check',
    /^the registry’s certificate is not accepted: x509: certificate has expired/,
  ],
  [
    'a registry with a limit',
    'GET http://127.0.0.1:44731/v2/acme/hello/manifests/sha256:00: TOOMANYREQUESTS: You have reached your pull rate limit.',
    'could-not-check',
    /limits how often/,
  ],
  [
    'a registry that asks for a login',
    'GET https://192.0.2.2:44869/token?scope=repository%3Ateam%2Fhello%3Apull&service=Acme+registry: unexpected status code 401 Unauthorized: {"details":"incorrect username or password"}',
    'could-not-check',
    /^the registry refused: 401 Unauthorized$/,
  ],
  [
    'a registry with a token service at a private address',
    'Get "http://10.1.2.3/t?secret": refusing token-server redirect to "http://10.1.2.3/t?secret": realm host "10.1.2.3" is a private or link-local address',
    'could-not-check',
    /^cosign does not use the token service that the registry names: realm host "10.1.2.3" is a private or link-local address$/,
  ],
  [
    'another issuer',
    'no matching attestations: failed to verify certificate identity: no matching CertificateIdentity found, last error: expected issuer value "http://x", got "http://localhost:15561"',
    'failed',
    /^issued by http:\/\/localhost:15561, not by http:\/\/x$/,
  ],
  [
    'another predicate type',
    'invalid predicate type, expected https://sigstore.dev/cosign/sign/v1 got https://example.test/other',
    'failed',
    /^predicate type https:\/\/example.test\/other$/,
  ],
  [
    'another digest',
    'failed to verify signature: provided artifact digest does not match any digest in statement',
    'failed',
    /another digest/,
  ],
  ['tampering', `${inclusion}calculated root:\n[167 162]\n does not match expected root:\n[187 84]`, 'failed', /tree/],
  ['an index beyond the tree', `${inclusion}index is beyond size: 7 >= 1`, 'failed', /tree/],
  [
    'a falsified checkpoint',
    'failed to verify log inclusion: verifying log entry: unverified checkpoint signature: failed to verify signatures on checkpoint: invalid signature for key localhost+33191423',
    'failed',
    /checkpoint/,
  ],
  ['another origin', 'unverified checkpoint signature: note has no verifiable signatures', 'failed', /checkpoint/],
  [
    'no timestamp',
    'failed to verify timestamps: threshold not met for verified signed timestamps: 0 < 1; error: %!w(<nil>)',
    'failed',
    /timestamp/,
  ],
  [
    'no log entry',
    'failed to verify log inclusion: not enough verified log entries from transparency log: 0 < 1',
    'failed',
    /no entry in a log/,
  ],
  ['another Fulcio', 'failed to verify leaf certificate: leaf certificate verification failed', 'failed', /Fulcio/],
  [
    'no certificate log',
    'failed to verify signed certificate timestamp: only able to verify 0 SCT entries; unable to meet threshold of 1',
    'failed',
    /SCT/,
  ],
  ['an unreadable bundle', '--trusted-root only supported with --new-bundle-format', 'failed', /read the bundle/],
  [
    'an unreadable trusted root',
    'setting trusted material: loading trusted root: failed to proto-json unmarshal trusted root: proto: syntax error',
    'could-not-check',
    /trusted root/,
  ],
  [
    'a registry that is down',
    'Get "https://localhost:5/v2/": dial tcp [::1]:5: connect: connection refused; Get "http://localhost:5/v2/": dial tcp [::1]:5: connect: connection refused',
    'could-not-check',
    /did not answer: dial tcp/,
  ],
  [
    'no signer named',
    '--certificate-identity or --certificate-identity-regexp is required for verification in keyless mode',
    'could-not-check',
    /no signer/,
  ],
]

describe('cosign\u2019s output', () => {
  it.each(rows)('reads %s', (_, stderr, verdict, found) => {
    const text = `Error: ${stderr}\nerror during command execution: ${stderr}\n`
    const meaning = cosignMeaning(exited(1, text))
    expect(meaning.verdict).toBe(verdict)
    expect(meaning.found).toMatch(found)
    expect(meaning.remedy).toBeTruthy()
  })

  it('includes exit codes that have a meaning of their own', () => {
    expect(cosignMeaning(exited(0)).verdict).toBe('passed')
    expect(cosignMeaning(exited(10, 'Error: no signatures found')).verdict).toBe('not-present')
    expect(cosignMeaning(exited(11, 'Error: image tag not found')).verdict).toBe('not-present')
  })

  it('is never a result if it is unknown, a crash, a timeout, a cancel or a missing program', () => {
    const others: CommandOutcome[] = [
      exited(1, 'Error: something new'),
      exited(2),
      { ...ended, kind: 'crashed', signal: 'SIGSEGV' },
      { ...ended, kind: 'timed-out', afterMs: 3000 },
      { ...ended, kind: 'cancelled' },
      { ...ended, kind: 'not-started', reason: 'ENOENT' },
    ]
    const meanings = others.map(cosignMeaning)
    expect(meanings.map((meaning) => meaning.verdict)).toEqual(others.map(() => 'could-not-check'))
    expect(new Set(meanings.map((meaning) => meaning.found)).size).toBe(others.length)
  })
})
