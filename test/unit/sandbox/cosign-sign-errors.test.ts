import { describe, expect, test } from 'vitest'
import { signError } from '../../../src/core/sigstore/cosign/cosign-sign-errors.ts'

const ref = 'localhost:24156/demo/hello@sha256:0000000000000000000000000000000000000000000000000000000000000000'

/** `cosign sign` that ended with exit code 1 and this text after its usual beginning; it prints the error twice. */
const ended = (text: string) => {
  const stderr = `Generating ephemeral keys...\nError: signing [${ref}]: ${text}\nerror during command execution: signing [${ref}]: ${text}\n`
  return {
    kind: 'exited',
    exitCode: 1,
    command: ['cosign', 'sign', ref],
    stdout: '',
    stderr,
    unmasked: () => ({ stdout: '', stderr }),
    elapsedMs: 500,
  } as const
}

describe('cosign 3.1\u2019s messages are mapped to a code', () => {
  // Captured from the real program.
  test.each([
    [
      'cosign.registry-tls',
      'accessing image: Get "https://192.0.2.2:37355/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ],
    [
      'cosign.registry-login',
      'accessing image: GET http://127.0.0.1:44083/v2/team/hello/manifests/sha256:00: UNAUTHORIZED: authentication required; [map[Action:pull Class: Name:team/hello Type:repository]]',
    ],
    [
      'cosign.registry-login',
      'accessing image: GET https://192.0.2.2:44869/token?scope=repository%3Ateam%2Fhello%3Apull&service=Acme+registry: unexpected status code 401 Unauthorized: {"details":"incorrect username or password"}',
    ],
    [
      'cosign.registry-token-service',
      'accessing image: invalid realm in www-authenticate: realm host "10.1.2.3" is a private or link-local address',
    ],
    [
      'cosign.registry-token-service',
      'accessing image: Get "http://10.1.2.3/t": refusing token-server redirect to "http://10.1.2.3/t": realm host "10.1.2.3" is a private or link-local address',
    ],
    [
      'cosign.registry-token-service',
      'accessing image: invalid realm in www-authenticate: realm scheme "ftp" not allowed; must be https (or http for insecure registries)',
    ],
    [
      'cosign.registry-denied',
      'signing digest: failed to upload layer: POST https://192.0.2.2:37355/v2/team/hello/blobs/uploads/: UNAUTHORIZED: authentication required; [map[Action:pull Class: Name:team/hello Type:repository] map[Action:push Class: Name:team/hello Type:repository]]',
    ],
    [
      'cosign.services-tls',
      'signing digest: getting keypair and token: retrieving ID token: authenticating caller: Get "https://login.acme.example/.well-known/openid-configuration": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ],
    [
      'cosign.services-tls',
      'signing digest: signing bundle: error signing bundle: Post "https://fulcio.acme.example/api/v2/signingCert": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ],
    [
      'cosign.registry-tls',
      'accessing image: Get "https://auth.acme.example/token?scope=x": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ],
    [
      'login.client-refused',
      'signing digest: getting keypair and token: retrieving ID token: authenticating caller: oauth2: "invalid_client"',
    ],
    ['login.denied', 'authenticating caller: error obtaining token: access_denied'],
    ['login.timed-out', 'authenticating caller: error obtaining token: expired_token'],
    [
      'cosign.fulcio-down',
      'signing digest: signing bundle: error signing bundle: Post "http://127.0.0.1:5661/api/v2/signingCert": dial tcp 127.0.0.1:5661: connect: connection refused',
    ],
    [
      'cosign.ct-log-down',
      'signing digest: signing bundle: error signing bundle: Post "http://127.0.0.1:45849/api/v2/signingCert": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ],
    [
      'cosign.fulcio-refused',
      'signing digest: signing bundle: error signing bundle: Fulcio returned 400: {"code":3,"message":"There was an error processing the identity token"}',
    ],
    [
      'cosign.fulcio-failed',
      'signing digest: signing bundle: error signing bundle: http: read on closed response body',
    ],
    [
      'cosign.rekor-down',
      'signing digest: signing bundle: error signing bundle: adding rekor v2 entry: getting response: Post "http://127.0.0.1:5665/api/v2/log/entries": dial tcp 127.0.0.1:5665: connect: connection refused',
    ],
    [
      'cosign.rekor-refused',
      'signing digest: signing bundle: error signing bundle: adding rekor v2 entry: unexpected response: 503 {"code":14}',
    ],
    [
      'cosign.timestamp-down',
      'signing digest: signing bundle: error signing bundle: Post "http://127.0.0.1:5668/api/v1/timestamp": dial tcp 127.0.0.1:5668: connect: connection refused',
    ],
    [
      'cosign.issuer-down',
      'signing digest: authenticating caller: Get "http://localhost:5561/.well-known/openid-configuration": dial tcp 127.0.0.1:5561: connect: connection refused',
    ],
    [
      'cosign.issuer-mismatch',
      'signing digest: authenticating caller: oidc: issuer did not match the issuer returned by provider, expected "http://127.0.0.1:5561" got "http://localhost:5561"',
    ],
    [
      'cosign.trusted-root-mismatch',
      'signing digest: signing bundle: error signing bundle: failed to verify leaf certificate: leaf certificate verification failed',
    ],
    [
      'cosign.email-unverified',
      'signing digest: authenticating caller: email address intern@sandbox.example not verified by identity provider',
    ],
    [
      'cosign.registry-down',
      'accessing image: Get "https://localhost:24156/v2/": dial tcp 127.0.0.1:24156: connect: connection refused; Get "http://localhost:24156/v2/": dial tcp 127.0.0.1:24156: connect: connection refused',
    ],
    [
      'cosign.image-missing',
      'signing digest: HEAD http://localhost:24156/v2/demo/absent/manifests/sha256:0000: unexpected status code 404 Not Found (HEAD responses have no body, use GET for details)',
    ],
    [
      'login.timed-out',
      'error getting code from local server: timeout\nGo to the following link in a browser:\noauth2: "invalid_request" "missing required parameter \'code\'"',
    ],
    [
      'login.not-completed',
      'signing digest: authenticating caller: oauth2: "invalid_request" "missing required parameter \'code\'"',
    ],
    ['cosign.unexpected', 'signing digest: something that nobody has seen before'],
  ])('%s', (code, text) => {
    const error = signError(ended(text), '/logs/sign.log')
    expect(error.code).toBe(code)
    expect(error.found).toContain(text.split('\n')[0]?.slice(0, 200))
    expect(error.remedy).not.toBe('')
    expect(error.evidence).toMatchObject({ ending: 'non-zero exit', exitCode: 1, logFile: '/logs/sign.log' })
  })

  test('a cosign that crashed silently is not given a cause', () => {
    const silent = { ...ended(''), stderr: '', unmasked: () => ({ stdout: '', stderr: '' }) }
    const error = signError({ ...silent, kind: 'crashed', signal: 'SIGSEGV' }, '/logs/sign.log')
    expect(error).toMatchObject({
      code: 'cosign.unexpected',
      found: 'ended by signal SIGSEGV',
      evidence: { ending: 'crash', signal: 'SIGSEGV' },
    })
  })
})
