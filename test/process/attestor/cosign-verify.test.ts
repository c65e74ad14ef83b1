import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cosignVerifyImage } from '../../../src/core/sigstore/cosign/cosign-verify.ts'
import { engineer, imageA, imageB } from '../../fixtures/sigstore-fixtures.ts'

let folder: string
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'cosign-verify-'))))
afterAll(() => rmSync(folder, { recursive: true }))

const image = { registry: 'localhost:5000', path: 'demo/hello', tag: 'v1', digest: imageA.digest }
const claim = (type: string, digest: string): string =>
  JSON.stringify({ critical: { image: { 'docker-manifest-digest': digest }, type } })
const sign = 'https://sigstore.dev/cosign/sign/v1'

/** Runs the verification with a shell script as cosign. */
function verify(body: string, more: { timeoutMs?: number; signal?: AbortSignal; subject?: string } = {}) {
  const cosign = join(folder, 'cosign')
  writeFileSync(cosign, `#!/bin/sh\n${body}\n`)
  chmodSync(cosign, 0o755)
  return cosignVerifyImage({
    cosign,
    trustedRoot: '/root.json',
    signer: { ...engineer, subject: more.subject ?? engineer.subject },
    home: folder,
    image,
    timeoutMs: more.timeoutMs ?? 5_000,
    ...(more.signal === undefined ? {} : { signal: more.signal }),
  })
}

describe('cosign verify', () => {
  it('is pinned to signer, issuer and digest, in an environment without the user\u2019s settings', async () => {
    process.env['COSIGN_REPOSITORY'] = 'elsewhere'
    const result = await verify(`env > ${folder}/env; echo '[${claim(sign, imageA.digest)}]'`, { subject: '-h' })
    delete process.env['COSIGN_REPOSITORY']
    expect(result.check.verdict).toBe('passed')
    expect(result.command.slice(1)).toEqual([
      'verify',
      '--trusted-root=/root.json',
      '--certificate-identity=-h',
      `--certificate-oidc-issuer=${engineer.issuer}`,
      '--output=json',
      '--',
      `localhost:5000/demo/hello@${imageA.digest}`,
    ])
    const environment = readFileSync(join(folder, 'env'), 'utf8')
    expect(environment).toContain(`DOCKER_CONFIG=${folder}\n`)
    expect(environment).not.toContain('COSIGN_')
  })

  it.each([
    ['an attestation of another type', `[${claim('https://example.test/other', imageA.digest)}]`],
    ['another digest', `[${claim(sign, imageB.digest)}]`],
    ['a second digest', `[${claim(sign, imageA.digest)},${claim(sign, imageB.digest)}]`],
    ['nothing', ''],
    ['an empty list', '[]'],
  ])('is no pass when cosign verified %s', async (_, output) => {
    const result = await verify(`echo '${output}'`)
    expect(result.check.verdict).toBe('failed')
    expect(result.check.found).toContain('cosign verified')
  })

  it('distinguishes a refusal, an absent signature, a timeout and a cancel', async () => {
    const refused = await verify('echo "Error: leaf certificate verification failed" >&2; exit 1')
    expect([refused.check.verdict, refused.ending]).toEqual(['failed', 'exited'])
    const absent = await verify('exit 10')
    expect([absent.check.verdict, absent.ending]).toEqual(['not-present', 'exited'])
    const late = await verify('sleep 30', { timeoutMs: 100 })
    expect([late.check.verdict, late.ending]).toEqual(['could-not-check', 'timed-out'])
    const cancelled = await verify('sleep 30', { signal: AbortSignal.timeout(100) })
    expect([cancelled.check.verdict, cancelled.ending]).toEqual(['could-not-check', 'cancelled'])
  })
})
