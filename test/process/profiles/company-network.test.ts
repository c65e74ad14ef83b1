import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { signPredicateType } from '../../../src/core/domain/bundle/bundle.ts'
import { parseDigest } from '../../../src/core/domain/oci/digest.ts'
import { checkProfile } from '../../../src/core/profiles/check-profile.ts'
import { parseProfile } from '../../../src/core/profiles/read-profile.ts'
import { cosignVerifyImage } from '../../../src/core/sigstore/cosign/cosign-verify.ts'
import { trustedRootFile } from '../../fixtures/sigstore-fixtures.ts'
import { type LocalProxy, type ProxyKind, startProxy } from '../../harness/proxy.ts'
import { makeTlsAuthority } from '../../harness/tls-authority.ts'
import { program } from '../../integration/programs.ts'
import { type LocalServer, localServer } from '../tools/local-server.ts'
import { type Answers, goodAnswers, profileAt, serving } from './company.ts'

let folder: string
let server: LocalServer
let answers: Answers
const asked: string[] = []
const proxies: LocalProxy[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'company-'))
  asked.length = 0
  server = await localServer((request, response) => {
    asked.push(`${request.headers.host} ${request.url}`)
    serving(() => answers)(request, response)
  })
  // This machine’s own settings are not those of the tests.
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'])
    vi.stubEnv(name, undefined)
  for (const name of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR']) vi.stubEnv(name, undefined)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const proxy of proxies.splice(0)) await proxy.close()
  await server.close()
  await rm(folder, { recursive: true })
})

/** The address of the services under a name that only a proxy knows. */
const inside = () => server.url('').replace('127.0.0.1', 'sigstore.acme.example')

async function look(address: string, more: (profile: Record<string, unknown>) => object = (profile) => profile) {
  answers = goodAnswers(address)
  const written = more({ ...(await profileAt(address, folder)) })
  const profile = parseProfile(JSON.stringify(written), 'acme.json', {})
  if (!profile.ok || profile.value.kind !== 'services') throw new Error(JSON.stringify(profile))
  const { signal } = new AbortController()
  const { checks } = await checkProfile({ profile: profile.value, cache: join(folder, 'cache'), env: {}, signal })
  return new Map(checks.map((check) => [check.id, check]))
}
const verdicts = (checks: Awaited<ReturnType<typeof look>>) =>
  [...checks.values()].filter(({ verdict }) => verdict !== 'passed').map(({ id, verdict }) => `${id}: ${verdict}`)

const behind = async (kind?: ProxyKind, user?: string) => {
  const proxy = await startProxy(kind, user)
  proxies.push(proxy)
  vi.stubEnv('HTTP_PROXY', proxy.address)
  return proxy
}

describe('services that only a proxy reaches', () => {
  it('are checked through it, registry included', async () => {
    expect(verdicts(await look(inside()))).toContain('fulcio: could-not-check')
    expect(asked).toEqual([])
    await behind()
    expect(verdicts(await look(inside()))).toEqual([])
    expect(new Set(asked.map((line) => line.split(' ')[0]))).toEqual(new Set([new URL(inside()).host]))
  })

  it.each([
    ['html', 'a web page (HTTP 200), through the proxy 127.0.0.1:'],
    ['login', 'demands a login'],
    ['closes', 'through the proxy 127.0.0.1:'],
    ['refuses', 'through the proxy 127.0.0.1:'],
  ] as const)('could not be checked when it %s: the proxy and its variable are named', async (kind, words) => {
    await behind(kind)
    const checks = await look(inside())
    for (const id of ['login', 'fulcio', 'rekor', 'timestamp authority', 'clock'] as const) {
      const check = checks.get(id)
      expect(check?.verdict).toBe('could-not-check')
      expect(check?.found).toContain(words)
      expect(check?.found).toContain('(HTTP_PROXY)')
      expect(check?.remedy).toContain('NO_PROXY')
    }
    expect(checks.get('registry')?.verdict).not.toBe('passed')
  })

  const cosign = program('cosign')
  it.skipIf(cosign === undefined)('have the same routes for us and for the real cosign', async () => {
    const proxy = await behind('leads', 'me:hunter22')
    vi.stubEnv('HTTP_PROXY', proxy.address.replace('//', '//me:hunter22@'))
    const host = new URL(inside()).host
    const digest = parseDigest(`sha256:${'a'.repeat(64)}`)
    if (digest === undefined || cosign === undefined) throw new Error('no digest')
    const routes = async (list: string): Promise<{ ours: boolean; cosigns: boolean }> => {
      vi.stubEnv('NO_PROXY', list)
      asked.length = 0
      const checks = await look(inside())
      const ours = asked.length > 0
      const clock = checks.get('clock')
      expect(clock?.verdict, clock?.found).toBe(ours ? 'passed' : 'could-not-check')
      asked.length = 0
      await cosignVerifyImage({
        cosign,
        trustedRoot: trustedRootFile,
        signer: { issuer: 'https://a.example', subject: 'b' },
        home: folder,
        image: { registry: host, path: 'team/hello', digest },
        timeoutMs: 20_000,
        plainHttp: true,
      })
      return { ours, cosigns: asked.length > 0 }
    }
    expect(signPredicateType).toContain('cosign')
    const lists = {
      '': true,
      'acme.example': false,
      '.acme.example': false,
      '*.acme.example': false,
      'cme.example': true,
      'sigstore.acme.example': false,
      [`sigstore.acme.example:${new URL(inside()).port}`]: false,
      'sigstore.acme.example:1': true,
      '10.0.0.0/8': true,
      '*': false,
      'other.example acme.example': true,
    }
    for (const [list, through] of Object.entries(lists)) {
      expect({ list, ...(await routes(list)) }).toEqual({ list, ours: through, cosigns: through })
    }
  })
})

describe('services with a certificate of the company’s own CA', () => {
  let tls: Server
  let caFile: string
  let address: string
  beforeEach(async () => {
    const authority = await makeTlsAuthority()
    caFile = join(folder, 'acme-ca.pem')
    await writeFile(caFile, authority.certificate)
    const { certificate, key } = await authority.serverCertificate(['127.0.0.1'])
    tls = createServer(
      { cert: certificate, key },
      serving(() => answers),
    )
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
    address = `https://127.0.0.1:${(tls.address() as AddressInfo).port}`
  })
  afterEach(() => {
    tls.closeAllConnections()
    tls.close()
  })
  const withTls = (profile: Record<string, unknown>) => ({
    ...profile,
    registry: { ...(profile['registry'] as object), plainHttp: false },
  })

  it('are named as such, with what to do, instead of "Start the service"', async () => {
    const checks = await look(address, withTls)
    for (const id of ['login', 'fulcio', 'rekor', 'timestamp authority', 'clock', 'fulcio and login'] as const) {
      expect(checks.get(id)).toMatchObject({
        verdict: 'could-not-check',
        found: 'a certificate of a CA that is not known here',
        remedy: expect.stringContaining('name its file under "sigstore.caFile"'),
      })
    }
  })

  it('pass with the CA in the file that SSL_CERT_FILE names, registry included', async () => {
    vi.stubEnv('SSL_CERT_FILE', caFile)
    expect(verdicts(await look(address, withTls))).toEqual([])
  })

  it('pass with the profile’s "sigstore.caFile", which is for them and not for the registry', async () => {
    const checks = await look(address, (profile) => ({
      ...withTls(profile),
      sigstore: { ...(profile['sigstore'] as object), caFile },
    }))
    expect(verdicts(checks)).toEqual(['registry: could-not-check'])
    expect(checks.get('registry')?.remedy).toContain('"caFile"')
  })

  it('could not be checked when that file holds something else: it is named, its contents are not', async () => {
    await writeFile(caFile, 'a password: hunter22')
    const checks = await look(address, (profile) => ({
      ...withTls(profile),
      sigstore: { ...(profile['sigstore'] as object), caFile },
    }))
    const fulcio = checks.get('fulcio')
    expect(fulcio).toMatchObject({ verdict: 'could-not-check', found: expect.stringContaining('no certificate') })
    expect(fulcio?.remedy).toContain(caFile)
    expect(JSON.stringify([...checks.values()])).not.toContain('hunter22')
  })
})
