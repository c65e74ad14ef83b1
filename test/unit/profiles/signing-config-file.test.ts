import { describe, expect, it } from 'vitest'
import { parseProfile } from '../../../src/core/profiles/read-profile.ts'
import { readSigningConfig } from '../../../src/core/profiles/signing-config-file.ts'

const now = new Date('2026-11-21T12:00:00Z')
const since = { start: '2026-01-01T00:00:00Z' }
const over = { start: '2025-01-01T00:00:00Z', end: '2026-01-01T00:00:00Z' }
const at = (url: string, majorApiVersion: number, validFor: object = since) => ({
  url,
  majorApiVersion,
  validFor,
  operator: 'acme',
})
const config = (more: object = {}): string =>
  JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [at('https://old.acme.example', 1, over), at('https://fulcio.acme.example', 1)],
    oidcUrls: [at('https://login.acme.example', 1)],
    rekorTlogUrls: [
      at('https://v1.acme.example', 1),
      at('https://v2.acme.example', 2),
      at('https://v3.acme.example', 3),
    ],
    tsaUrls: [at('https://tsa.acme.example/api/v1/timestamp', 1)],
    rekorTlogConfig: { selector: 'ANY' },
    tsaConfig: { selector: 'ANY' },
    ...more,
  })
const profile = (sigstore: object) =>
  JSON.stringify({
    kind: 'services',
    title: 'Acme',
    sigstore: { trustedRoot: '/etc/acme/root.json', ...sigstore },
    issuer: 'https://login.acme.example',
    signer: { issuer: 'https://login.acme.example', subject: 'me@acme.example' },
    registry: { host: 'registry.acme.example', repository: 'team/hello' },
  })

describe('a signing config', () => {
  it('names the currently valid services, each with the newest API that cosign supports', () => {
    expect(readSigningConfig(config(), now)).toEqual({
      ok: true,
      value: {
        fulcio: { url: 'https://fulcio.acme.example' },
        rekor: { url: 'https://v2.acme.example', version: 2 },
        timestampAuthority: { url: 'https://tsa.acme.example/api/v1/timestamp' },
        issuers: ['https://login.acme.example'],
      },
    })
  })

  it.each([
    ['<html>', 'no signing config'],
    ['[]', 'another kind of file'],
    [config({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' }), 'another kind of file'],
    [config({ caUrls: [at('https://old.acme.example', 1, over)] }), 'no certificate authority that is valid now'],
    [config({ rekorTlogUrls: [], caUrls: [] }), 'no certificate authority and no Rekor'],
  ])('that is none, or has nothing for now, says so: %#', (text, why) => {
    expect(readSigningConfig(text, now)).toEqual({ ok: false, error: expect.stringContaining(why) })
  })
})

describe('a profile with a signing config', () => {
  const parsed = (sigstore: object, text?: string) => parseProfile(profile(sigstore), 'acme.json', {}, text)
  const signingConfig = '/etc/acme/signing_config.json'

  it('has its services', () => {
    expect(parsed({ signingConfig }, config())).toMatchObject({
      value: { sigstore: { signingConfig, rekor: { url: 'https://v2.acme.example', version: 2 } } },
    })
  })

  it('must not name them twice', () => {
    const fulcio = { url: 'https://fulcio.acme.example' }
    expect(parsed({ signingConfig, fulcio }, config())).toMatchObject({
      error: { code: 'config.profile', found: expect.stringContaining('sigstore.fulcio') },
    })
    expect(parsed({})).toMatchObject({ error: { found: expect.stringContaining('sigstore.fulcio') } })
  })

  it('must have an issuer that the config knows, and a timestamp authority if its Rekor gives no time', () => {
    const other = config({ oidcUrls: [at('https://login.acme.example/', 1)] })
    expect(parsed({ signingConfig }, other)).toMatchObject({
      error: { found: expect.stringContaining('https://login.acme.example/') },
    })
    expect(parsed({ signingConfig }, config({ tsaUrls: [] }))).toMatchObject({
      error: { found: expect.stringContaining('timestampAuthority') },
    })
  })

  it('names only addresses that a profile may name', () => {
    const away = config({ caUrls: [at('http://169.254.169.254/', 1)] })
    expect(parsed({ signingConfig }, away)).toMatchObject({ error: { found: expect.stringContaining('link-local') } })
  })
})
