import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { candidatesOf } from '../../src/core/attestor/gates/candidates.ts'
import { registryGate } from '../../src/core/attestor/gates/registry.ts'
import { signatureGate } from '../../src/core/attestor/gates/signature.ts'
import { signPredicateType } from '../../src/core/domain/bundle/bundle.ts'
import { networkFetch } from '../../src/core/network/fetch.ts'
import { RegistryAccess } from '../../src/core/registry/login/registry-access.ts'
import { read } from '../../src/core/registry/registry.ts'
import { cosignVerifyImage } from '../../src/core/sigstore/cosign/cosign-verify.ts'
import { bundle, engineer, imageA, trustedRootFile } from '../fixtures/sigstore-fixtures.ts'
import { type ForeignRegistry, startForeignRegistry, writeDockerConfig } from '../harness/foreign-registry.ts'
import { type LocalProxy, startProxy } from '../harness/proxy.ts'
import { RegistryProxy } from './attacks/registry-proxy.ts'
import { RegistryWrites } from './harness/registry-writes.ts'
import { startRegistry } from './local-registry.ts'
import { program } from './programs.ts'

const registryProgram = program('registry')
const cosign = program('cosign')

/** Docker Hub's address, and its token service's. */
const hub = { registry: 'registry-1.docker.io', tokens: 'auth.docker.io' }

// The real registry program acts under Docker Hub's names: a proxy leads connections to them here.
describe.skipIf(registryProgram === undefined)('Docker Hub', () => {
  let folder: string
  let registry: ForeignRegistry
  let proxy: LocalProxy
  const login = (name: string): string => join(folder, name, 'config.json')

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hub-'))
    registry = await startForeignRegistry(registryProgram ?? '', join(folder, 'registry'), 'token', hub)
    const [host = '', port = ''] = registry.host.split(':')
    proxy = await startProxy('leads', undefined, (target) => ({
      host,
      port: target === `${hub.registry}:443` ? Number(port) : (registry.tokens?.port ?? 0),
    }))
    vi.stubEnv('HTTPS_PROXY', proxy.address)
    vi.stubEnv('NO_PROXY', '')
    vi.stubEnv('SSL_CERT_FILE', registry.caFile)
    const fetching = await networkFetch()
    if (!fetching.ok) throw new Error(JSON.stringify(fetching.error))
    const fetch = fetching.value
    const { pusher } = registry.users
    // The name under which `docker login` stores the login.
    await writeDockerConfig(login('docker'), 'https://index.docker.io/v1/', pusher)
    const scope = 'repository:acme/hello:pull,push'
    const authorization = `Basic ${Buffer.from(`${pusher.username}:${pusher.password}`).toString('base64')}`
    const answer = await fetch(`https://${hub.tokens}/token?scope=${scope}`, { headers: { authorization } })
    const { token } = (await answer.json()) as { token: string }
    const writes = new RegistryWrites(`https://${hub.registry}`, 'acme/hello', (url, init) =>
      fetch(url, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } }),
    )
    await writes.blob(imageA.config.toString())
    const { mediaType, ...manifest } = JSON.parse(imageA.manifest.toString()) as { mediaType: string }
    await writes.manifest(imageA.digest, mediaType, { schemaVersion: 2, mediaType, ...manifest })
    await writes.attach(imageA.digest, [bundle('engineer')])
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await proxy?.close()
    await registry?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each([
    ['docker.io', 'acme/hello', 'as Docker Engine writes it'],
    ['docker.io', 'docker.io/acme/hello', 'as Podman and containerd write it'],
    ['index.docker.io', 'acme/hello', 'by its older name'],
    ['registry-1.docker.io', 'index.docker.io/acme/hello', 'by where it answers'],
  ])('named %s has the image %s, %s, and its signature', async (host, name) => {
    const access = new RegistryAccess(host, login('docker'))
    const candidates = candidatesOf([`${name}@${imageA.digest}`], [{ host, plainHttp: false, access }])
    const { signal } = new AbortController()
    const image = { id: imageA.id, os: 'linux', architecture: 'amd64' }
    const holds = await registryGate(image, candidates, [host], signal)
    expect(holds.says).toMatchObject({
      verdict: 'passed',
      found: `docker.io/acme/hello@${imageA.digest} is this image`,
    })
    const signed = await signatureGate(holds, signPredicateType, signal)
    expect(signed.says).toMatchObject({ verdict: 'passed', found: '1 signature' })
  })

  it('has no referrers API, and does not distinguish a private repository from a missing one', async () => {
    const at = (dockerConfig: string, path: string) => ({
      registry: { host: 'docker.io', plainHttp: false, access: new RegistryAccess('docker.io', dockerConfig) },
      path,
    })
    expect(await read(at(login('docker'), 'acme/hello'), `referrers/${imageA.digest}`, 10_000)).toMatchObject({
      error: { code: 'registry.not-found' },
    })
    await writeDockerConfig(login('elsewhere'), 'registry.acme.example', registry.users.pusher)
    const answer = await read(at(login('elsewhere'), 'acme/hello'), `manifests/${imageA.digest}`, 10_000)
    expect(answer).toMatchObject({
      error: {
        code: 'registry.refused',
        found: 'HTTP 401: authentication required',
        remedy: expect.stringContaining('also of a repository that does not exist'),
      },
    })
    expect(registry.tokens?.asked.at(-1)).toBe('nobody: repository:acme/hello:pull')
  })
})

// Docker Hub's pull limit message, before a real registry.
describe.skipIf(registryProgram === undefined || cosign === undefined)('a registry with a rate limit', () => {
  it('is reported by the real cosign as could not check, with the fix', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'limit-'))
    const { host, service } = await startRegistry(registryProgram ?? '', folder)
    const proxy = await new RegistryProxy(host).start()
    const message = 'You have reached your pull rate limit.'
    proxy.misbehave = (asked, response) => {
      if (!/\/manifests\//.test(asked.url ?? '')) return 'pass'
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '60' })
      response.end(JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message }] }))
      return 'answered'
    }
    const { check } = await cosignVerifyImage({
      cosign: cosign ?? '',
      trustedRoot: trustedRootFile,
      signer: engineer,
      home: folder,
      timeoutMs: 60_000,
      image: { registry: proxy.host, path: 'acme/hello', digest: imageA.digest },
    })
    await proxy.stop()
    await service.stop()
    rmSync(folder, { recursive: true, force: true })
    expect(check).toMatchObject({
      verdict: 'could-not-check',
      found: 'the registry limits how often it is queried: TOOMANYREQUESTS',
      remedy: expect.stringContaining('Wait'),
    })
  })
})
