import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishedProfileSchema } from '../../../src/core/profiles/profile-schema.ts'
import { parseProfile, profileNames, readProfile } from '../../../src/core/profiles/read-profile.ts'

const assets = join(import.meta.dirname, '..', '..', '..', 'assets')

const acme = {
  kind: 'services',
  title: 'Acme',
  sigstore: {
    trustedRoot: '/etc/acme/trusted_root.json',
    fulcio: { url: 'https://fulcio.acme.example' },
    rekor: { url: 'https://rekor.acme.example', version: 2 },
    timestampAuthority: { url: 'https://tsa.acme.example/api/v1/timestamp' },
  },
  issuer: 'https://login.acme.example/',
  signer: { issuer: 'https://login.acme.example/', subject: '${SIGNER}' },
  registry: { host: 'registry.acme.example', repository: 'team/hello', credentials: 'docker' },
}

const refusal = (profile: unknown, env: Readonly<Record<string, string>> = { SIGNER: 'me@acme.example' }) => {
  const text = typeof profile === 'string' ? profile : JSON.stringify(profile)
  const parsed = parseProfile(text, '/p/acme.json', env)
  return parsed.ok ? undefined : parsed.error
}

describe('a profile', () => {
  it('has a published schema', async () => {
    const text = `${JSON.stringify(publishedProfileSchema(), undefined, 2)}\n`
    await expect(text).toMatchFileSnapshot('../../../assets/profiles/profile.schema.json')
  })

  it('is filled in from the environment, with defaults for unset keys', () => {
    expect(parseProfile(JSON.stringify(acme), '/p/acme.json', { SIGNER: 'me@acme.example' })).toMatchObject({
      ok: true,
      value: {
        public: false,
        spire: 'ours',
        registry: { plainHttp: false },
        signer: { subject: 'me@acme.example' },
        // An issuer is compared letter by letter: a slash at its end stays.
        issuer: 'https://login.acme.example/',
      },
    })
  })

  it('is read with a key under its old name, with a notice; two different values are refused', () => {
    const withKeys = (keys: object) => ({ ...acme, registry: { ...acme.registry, ...keys } })
    const read = (keys: object) =>
      parseProfile(JSON.stringify(withKeys(keys)), '/p/acme.json', { SIGNER: 'me@acme.example' })
    expect(read({ tlsAuthority: '/a.pem' })).toMatchObject({
      ok: true,
      value: {
        registry: { caFile: '/a.pem' },
        notice: 'Deprecated: "tlsAuthority" is now "caFile". The old names will be removed.',
      },
    })
    const current = read({ caFile: '/a.pem' })
    expect(current.ok && 'notice' in current.value).toBe(false)
    expect(refusal(withKeys({ tlsAuthority: '/a.pem', caFile: '/b.pem' }))).toMatchObject({
      code: 'config.profile',
      found:
        'registry.tlsAuthority is the old name of registry.caFile, and the two have different values: keep "caFile"',
    })
  })

  it('says what is not set, and where to set it', () => {
    expect(refusal(acme, {})).toMatchObject({
      code: 'config.profile-unset',
      expected: 'SIGNER=…',
      remedy: 'Set SIGNER in the environment, or in acme.env in the folder of your own profiles.',
    })
    expect(refusal(acme, { SIGNER: '' })).toMatchObject({ code: 'config.profile-unset' })
  })

  it.each<[string, unknown, RegExp]>([
    ['that is no JSON', 'name: acme', /other text/],
    ['with a key twice', '{"kind":"sandbox",\n"title":"a","title":"b"}', /twice, in line 2/],
    [
      'with two unknown keys, one of them an old name',
      { ...acme, registry: { ...acme.registry, tlsAuthority: '/a.pem', zzzzzzzzzz: 1 } },
      /zzzzzzzzzz: this key is not known\. Deprecated: "tlsAuthority" is now "caFile"/,
    ],
    ['of the sandbox with a registry', { kind: 'sandbox', registry: {} }, /registry: this key is not known\.(?! Is)/],
    ['of another kind', { ...acme, kind: 'cloud' }, /kind/],
    [
      'with a key that is not known',
      { ...acme, signr: acme.signer },
      /signr: this key is not known. Is "signer" meant\?/,
    ],
    [
      'with a key that is not known further in',
      { ...acme, sigstore: { ...acme.sigstore, rekor: { url: 'https://r.example', versoin: 2 } } },
      /sigstore\.rekor\.versoin: this key is not known. Is "version" meant\?/,
    ],
    ['with a number for a text', { ...acme, title: 7 }, /title: /],
    ['with an endpoint that is no URL', { ...acme, issuer: 'login.acme.example' }, /issuer: no http or https address/],
    ['with an endpoint of another scheme', { ...acme, issuer: 'file:///etc/passwd' }, /no http or https address/],
    [
      'with a link-local endpoint',
      { ...acme, issuer: 'http://169.254.169.254/latest' },
      /issuer: a link-local address/,
    ],
    ['with a link-local endpoint in IPv6', { ...acme, issuer: 'http://[fe80::1]/' }, /issuer: a link-local address/],
    ['with one in other clothes', { ...acme, issuer: 'http://[::ffff:169.254.169.254]/' }, /a link-local address/],
    ['with one as a number', { ...acme, issuer: 'http://2852039166/' }, /a link-local address/],
    ['with a user in an endpoint', { ...acme, issuer: 'https://me:pw@login.example' }, /a user or password in it/],
    ['with a relative path', { ...acme, sigstore: { ...acme.sigstore, trustedRoot: 'root.json' } }, /trustedRoot/],
    [
      'without the time that Rekor v2 needs',
      { ...acme, sigstore: { ...acme.sigstore, timestampAuthority: undefined } },
      /sigstore\.timestampAuthority: Rekor v2 gives no time/,
    ],
    [
      'with a repository that is none',
      { ...acme, registry: { ...acme.registry, repository: 'Team/Hello' } },
      /repository/,
    ],
    [
      'with an authority where nobody is verified',
      { ...acme, registry: { ...acme.registry, plainHttp: true, caFile: '/a.pem' } },
      /registry\.caFile: plain http verifies no certificate/,
    ],
    [
      'with credentials that programs do not find',
      { ...acme, registry: { ...acme.registry, credentials: { dockerConfig: '/login.json' } } },
      /registry\.credentials/,
    ],
    ['whose registry begins with a dash', { ...acme, registry: { ...acme.registry, host: '-x' } }, /not host\[:port\]/],
    ['that is endless', `"${'x'.repeat(70_000)}"`, /70002/],
  ])('%s is refused with its place', (_, profile, found) => {
    const error = refusal(profile)
    expect(error?.code).toBe('config.profile')
    expect(error?.found).toMatch(found)
  })

  it.each(['docker.io', 'index.docker.io', 'registry-1.docker.io'])(
    'normalizes Docker Hub, written %s, to docker.io',
    (host) => {
      const text = JSON.stringify({ ...acme, registry: { ...acme.registry, host } })
      const profile = parseProfile(text, '/p/acme.json', { SIGNER: 'me@acme.example' })
      expect(profile).toMatchObject({ ok: true, value: { registry: { host: 'docker.io' } } })
    },
  )

  it('does not repeat a secret that was written into it, and says where it belongs', () => {
    const error = refusal({ ...acme, registry: { ...acme.registry, password: 'hunter2' } })
    expect(JSON.stringify(error)).not.toContain('hunter2')
    expect(error?.remedy).toContain('Take the secret out of /p/acme.json')
    const inUrl = refusal({ ...acme, issuer: 'https://me:hunter2@login.example' })
    expect(JSON.stringify(inUrl)).not.toContain('hunter2')
  })

  it('says how people log in, and names where the client’s secret is', () => {
    const login = {
      clientId: 'acme-cli',
      clientSecret: { variable: 'ACME_SECRET' },
      redirectUrl: 'http://localhost:8400/oidc/callback',
    }
    const read = (more?: object) => {
      const text = JSON.stringify(more === undefined ? acme : { ...acme, login: more })
      const profile = parseProfile(text, '/p/acme.json', { SIGNER: 'x' })
      return profile.ok && profile.value.kind === 'services' ? profile.value.login : undefined
    }
    expect(read()).toEqual({ clientId: 'sigstore', flow: 'browser' })
    expect(read(login)).toEqual({ ...login, flow: 'browser' })
    expect(read({ clientSecret: { file: '/etc/acme/secret' } })).toMatchObject({ clientId: 'sigstore' })
    expect(read({ flow: 'device' })).toEqual({ clientId: 'sigstore', flow: 'device' })
  })

  it.each([
    ['a redirect URL elsewhere', { redirectUrl: 'http://acme.example:8400/cb' }, 'not http://localhost:PORT/PATH'],
    ['one over TLS', { redirectUrl: 'https://localhost:8400/cb' }, 'not http://localhost:PORT/PATH'],
    ['one without a port', { redirectUrl: 'http://localhost/cb' }, 'not http://localhost:PORT/PATH'],
    ['one with port 0', { redirectUrl: 'http://localhost:0/cb' }, 'not http://localhost:PORT/PATH'],
    ['a port without a path', { redirectUrl: 'http://localhost:8400' }, 'not http://localhost:PORT/PATH'],
    ['a user in it', { redirectUrl: 'http://localhost:1@evil.example:8400/cb' }, 'not http://localhost:PORT/PATH'],
    ['a client id with a line break', { clientId: 'a\nb' }, 'no client id'],
    ['a secret by a code', { flow: 'device', clientSecret: { variable: 'S' } }, 'cosign sends no secret'],
    ['another flow', { flow: 'token' }, 'login.flow'],
    ['an unknown key', { clientID: 'x' }, 'Is "clientId" meant?'],
  ])('is refused with %s in its login', (_, login, words) => {
    expect(refusal({ ...acme, login })?.found).toContain(words)
  })

  it('does not repeat a client secret that was written into it', () => {
    for (const clientSecret of ['hunter22-acme', { value: 'hunter22-acme' }, { variable: 'hunter22-acme' }]) {
      const error = refusal({ ...acme, login: { clientSecret } })
      expect(JSON.stringify(error)).not.toContain('hunter22-acme')
      expect(error?.remedy).toMatch(/Take the secret out of|Correct/)
    }
    expect(refusal({ ...acme, login: { clientSecret: 'hunter22-acme' } })?.remedy).toContain('"clientSecret"')
  })

  it('may let the environment choose the signer’s identity provider, which the login page then gets', () => {
    const read = (issuer: string, env: Record<string, string>) => {
      const text = JSON.stringify({ ...acme, signer: { issuer, subject: 'x' }, login: { connector: 'signer.issuer' } })
      const profile = parseProfile(text, '/p/acme.json', env)
      if (!profile.ok || profile.value.kind !== 'services') return profile.ok ? undefined : profile.error
      return [profile.value.signer.issuer, profile.value.login.connector]
    }
    const both = (issuer: string) => [issuer, issuer]
    const chosen = (env: Record<string, string>) => read('${PROVIDER:-github}', env)
    expect(chosen({})).toEqual(both('https://github.com/login/oauth'))
    expect(chosen({ PROVIDER: '' })).toEqual(both('https://github.com/login/oauth'))
    expect(chosen({ PROVIDER: 'google' })).toEqual(both('https://accounts.google.com'))
    expect(chosen({ PROVIDER: 'microsoft' })).toEqual(both('https://login.microsoftonline.com'))
    expect(chosen({ PROVIDER: 'https://idp.acme.example' })).toEqual(both('https://idp.acme.example'))
    expect(read('${PROVIDER:-https://idp.acme.example}', {})).toEqual(both('https://idp.acme.example'))
    expect(read('${PROVIDER}', {})).toMatchObject({ code: 'config.profile-unset', expected: 'PROVIDER=…' })
    expect(chosen({ PROVIDER: 'gogle' })).toMatchObject({
      code: 'config.profile-choice',
      remedy: 'Is "google" meant?',
      expected: 'github, google, microsoft',
    })
    for (const word of ['__proto__', 'constructor', 'toString', 'javascript:x'])
      expect(chosen({ PROVIDER: word })).toMatchObject({ code: 'config.profile-choice' })
    for (const issuer of ['github', '${provider}', 'x${PROVIDER}', '${PROVIDER:-}'])
      expect(refusal({ ...acme, signer: { issuer, subject: 'x' } })?.found).toContain('signer.issuer')
  })

  it('with an invalid repository after filling in is refused', () => {
    const open = { ...acme, registry: { ...acme.registry, repository: '${WHO}/hello' } }
    expect(refusal(open, { SIGNER: 'x', WHO: 'UPPER case' })).toMatchObject({ code: 'config.profile' })
    expect(refusal(open, { SIGNER: 'x', WHO: 'lower' })).toBeUndefined()
  })
})

describe('the profiles of this machine', () => {
  let config: string
  beforeAll(async () => {
    config = await mkdtemp(join(tmpdir(), 'profiles-'))
    await mkdir(join(config, 'profiles'))
    await writeFile(join(config, 'profiles', 'acme.json'), JSON.stringify(acme))
    await writeFile(join(config, 'profiles', 'acme.env'), 'SIGNER=from-file@acme.example\n')
    await writeFile(join(config, 'profiles', 'public.json'), JSON.stringify({ ...acme, title: 'Not the public one' }))
    await writeFile(join(config, 'profiles', '.hidden.json'), '{}')
  })
  afterAll(() => rm(config, { recursive: true }))
  const here = (env: NodeJS.ProcessEnv = {}) => ({ assets, config, env })

  it('are the shipped ones and the user’s own', async () => {
    expect(await profileNames(here())).toEqual(['public', 'sandbox', 'acme'])
    expect(await profileNames({ ...here(), config: '/nowhere' })).toEqual(['public', 'sandbox'])
  })

  it('are read by name, the environment before the file beside it', async () => {
    const subject = async (env: NodeJS.ProcessEnv) => {
      const read = await readProfile('acme', here(env))
      return read.ok && read.value.kind === 'services' ? read.value.signer.subject : read
    }
    expect(await subject({})).toBe('from-file@acme.example')
    expect(await subject({ SIGNER: 'set@acme.example' })).toBe('set@acme.example')
  })

  it('are regular files of ours: nothing waits for a FIFO, and a file that everyone can write is refused', async () => {
    const other = { ...here(), config: join(config, 'other') }
    await mkdir(join(other.config, 'profiles'), { recursive: true })
    const file = (name: string): string => join(other.config, 'profiles', name)
    execFileSync('mkfifo', [file('fifo.json')])
    expect(await readProfile('fifo', other)).toMatchObject({ ok: false, error: { found: 'a FIFO' } })
    await writeFile(file('open.json'), JSON.stringify(acme))
    await chmod(file('open.json'), 0o666)
    const open = await readProfile('open', other)
    expect(open.ok ? '' : open.error.found).toContain('everyone can write')
  })

  it('cannot replace a shipped one', async () => {
    const read = await readProfile('public', here({ DOCKER_USER: 'me', SIGSTORE_SUBJECT: 'me@example.com' }))
    expect(read).toMatchObject({
      ok: true,
      value: {
        title: 'Public Sigstore',
        public: true,
        registry: { host: 'docker.io', repository: 'me/sigstore-attestor-hello' },
      },
    })
  })

  it.each([
    ['publik', 'Is "public" meant?'],
    ['../../etc/passwd', 'Make one in'],
    ['-x', 'Make one in'],
  ])('have none called %s', async (name, remedy) => {
    const read = await readProfile(name, here())
    expect(read).toMatchObject({ ok: false, error: { code: 'config.profile-unknown' } })
    expect(read.ok ? '' : read.error.remedy).toContain(remedy)
  })
})
