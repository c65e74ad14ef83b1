import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../../src/core/process/command.ts'
import { endLeftovers, findLeftovers } from '../../src/core/process/leftovers.ts'
import { Redactor } from '../../src/core/process/redactor.ts'
import { checkProfile } from '../../src/core/profiles/check-profile.ts'
import { parseProfile } from '../../src/core/profiles/read-profile.ts'
import { loginAs } from '../../src/core/sandbox/login-client.ts'
import { type Sandbox, type ServiceChange, startSandbox } from '../../src/core/sandbox/sandbox.ts'
import { type LoginEvent, type SignOptions, signWithCosign } from '../../src/core/sigstore/cosign/cosign-sign.ts'
import { trustedRootFile as anotherRoot } from '../fixtures/sigstore-fixtures.ts'
import { serveFolder } from '../harness/folder-server.ts'
import { ownPrograms } from '../process/sandbox/own-programs.ts'
import { readBackAt } from './harness/read-back-at.ts'
import { program } from './programs.ts'

const programs = {
  fulcio: program('fulcio') ?? '',
  rekorServer: program('rekor-server') ?? '',
  timestampServer: program('timestamp-server') ?? '',
  registry: program('registry') ?? '',
  ctLog: program('ct-log') ?? '',
}
const cosign = program('cosign') ?? ''
const ready = cosign !== '' && Object.values(programs).every((path) => path !== '')

describe.skipIf(!ready)('the sandbox with the real programs', () => {
  let folder: string
  let own: ReturnType<typeof ownPrograms>
  let sandbox: Sandbox
  let reference: string
  const changes: ServiceChange[] = []
  const logins: LoginEvent[] = []

  const start = async (): Promise<Sandbox> => {
    const result = await startSandbox({
      folder: join(folder, 'state', 'sandbox'),
      runtimeDir: join(folder, 'run'),
      logDir: join(folder, 'logs'),
      pidFolder: join(folder, 'pids'),
      programs,
      node: process.execPath,
      issuerEntry: own.issuerEntry,
      redactor: new Redactor(),
      onService: (change) => changes.push(change),
    })
    if (!result.ok) throw new Error(JSON.stringify(result.error, null, 2))
    result.value.onLogin((event) => logins.push(event))
    return result.value
  }

  const sign = (more: Partial<SignOptions> & { name: string }) =>
    signWithCosign({
      cosign,
      reference,
      signingConfig: sandbox.endpoints.signingConfig,
      trustedRoot: sandbox.endpoints.trustedRoot,
      bundleFile: join(folder, `${more.name}.sigstore.json`),
      openerDir: own.openerDir,
      node: process.execPath,
      runtimeDir: join(folder, 'run'),
      homeDir: join(folder, 'home'),
      logFile: join(folder, 'logs', 'sign.log'),
      pidFolder: join(folder, 'pids'),
      timeoutMs: 30_000,
      loginEvents: sandbox.onLogin,
      onUrl: () => {},
      ...more,
    })
  const as = (persona: string, decision: 'allow' | 'deny' = 'allow') => ({
    onUrl: (url: string) => loginAs({ url, issuer: sandbox.endpoints.issuer, persona, decision }),
  })
  const verify = async (who: string, image = reference, issuer = sandbox.endpoints.issuer): Promise<string> => {
    const outcome = await runCommand({
      program: cosign,
      args: [
        'verify',
        `--trusted-root=${sandbox.endpoints.trustedRoot}`,
        `--certificate-identity=${who}@sandbox.example`,
        `--certificate-oidc-issuer=${issuer}`,
        image,
      ],
      env: { HOME: join(folder, 'home'), DOCKER_CONFIG: join(folder, 'home') },
      timeoutMs: 20_000,
    })
    return outcome.kind === 'exited' && outcome.exitCode === 0 ? 'verified' : outcome.stderr
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-'))
    own = ownPrograms()
    sandbox = await start()
    reference = `${sandbox.endpoints.registry}/demo/hello@${await pushArtifact(sandbox.endpoints.registry)}`
  })
  afterAll(async () => {
    await sandbox?.stop()
    expect(await findLeftovers(join(folder, 'pids'))).toEqual([])
    await endLeftovers(join(folder, 'pids'))
    await rm(folder, { recursive: true, force: true })
    await rm(own.folder, { recursive: true, force: true })
  })

  test('can act as existing services: their check passes, and fails with the trusted root of another sandbox', async () => {
    const { issuer, fulcio, rekor, timestampAuthority, registry, trustedRoot } = sandbox.endpoints
    const look = async (root: string) => {
      const profile = parseProfile(
        JSON.stringify({
          kind: 'services',
          title: 'Acme',
          sigstore: {
            trustedRoot: root,
            fulcio: { url: fulcio },
            rekor: { url: rekor, version: 2 },
            timestampAuthority: { url: timestampAuthority },
          },
          issuer,
          signer: { issuer, subject: 'engineer@sandbox.example' },
          registry: { host: registry, repository: 'demo/hello', plainHttp: true },
        }),
        'acme.json',
        {},
      )
      if (!profile.ok || profile.value.kind !== 'services') throw new Error(JSON.stringify(profile))
      const { signal } = new AbortController()
      const { checks } = await checkProfile({ profile: profile.value, cache: join(folder, 'cache'), env: {}, signal })
      return checks.filter(({ verdict }) => verdict !== 'passed').map(({ id, verdict }) => `${id}: ${verdict}`)
    }
    // Rekor v2's server serves no checkpoint that would identify the log.
    expect(await look(trustedRoot)).toEqual(['rekor: not-checked'])
    expect(await look(anotherRoot)).toEqual(['fulcio: failed', 'rekor: not-checked', 'timestamp authority: failed'])
  })

  test('reports each service when it starts and when it is ready', () => {
    const ids = ['ct-log', 'fulcio', 'issuer', 'registry', 'rekor', 'second-issuer', 'timestamp-authority']
    expect(new Set(changes.filter(({ state }) => state === 'ready').map(({ id }) => id))).toEqual(new Set(ids))
    expect(changes.slice(0, 6).every(({ state }) => state === 'starting')).toBe(true)
  })

  test('an engineer signs; cosign verifies it for the engineer only', async () => {
    const commands: (readonly string[])[] = []
    const result = await sign({ name: 'engineer', ...as('engineer'), onCommand: (argv) => commands.push(argv) })
    expect(result).toMatchObject({ ok: true })
    expect(commands).toHaveLength(1)
    const bundle = JSON.parse(await readFile(join(folder, 'engineer.sigstore.json'), 'utf8'))
    expect(bundle.verificationMaterial.tlogEntries).toHaveLength(1)
    expect(await verify('engineer')).toBe('verified')
    expect(await verify('intern')).toContain('no matching CertificateIdentity found')
    expect(logins.map(({ state, persona }) => ({ state, persona }))).toEqual([
      { state: 'waiting', persona: null },
      { state: 'granted', persona: 'engineer@sandbox.example' },
    ])
    const printed = await readFile(join(folder, 'logs', 'issuer.log'), 'utf8')
    expect(printed).not.toMatch(/eyJ/)
  })

  test('an entry is read back from Rekor over HTTP if a server serves its tiles; Rekor itself serves none', async () => {
    const { rekor, rekorTiles, trustedRoot } = sandbox.endpoints
    const readAt = (url: string) => readBackAt(url, join(folder, 'engineer.sigstore.json'), trustedRoot)
    const tiles = await serveFolder(rekorTiles, '/api/v2/')
    const all = ['log-checkpoint', 'log-entry', 'log-proof', 'log-history']
    expect(await readAt(tiles.url)).toEqual(all.map((id) => `${id} passed`))
    tiles.close()
    expect(await readAt(rekor)).toEqual([expect.stringMatching(/^log-checkpoint not-checked: .*HTTP 501/)])
    expect(await readAt(tiles.url)).toEqual([expect.stringMatching(/^log-checkpoint could-not-check: .*ECONNREFUSED/)])
  })

  test('the CT log serves its checkpoint and tiles, and none of its private state', async () => {
    const get = async (path: string): Promise<number> => (await fetch(`${sandbox.endpoints.ctLog}${path}`)).status
    const checkpoint = await (await fetch(`${sandbox.endpoints.ctLog}/checkpoint`)).text()
    const [origin, size] = checkpoint.split('\n')
    expect([origin, size]).toEqual(['127.0.0.1', '1'])
    expect(await get('/tile/0/000.p/1')).toBe(200)
    expect(await get('/tile/data/000.p/1')).toBe(200)
    expect(await get('/tile/')).toBe(404)
    expect(await get('/.state/treeState')).toBe(404)
    expect(await get('/tile/..%2f.state/treeState')).toBe(404)
  })

  test('two sign at once, and each login reaches the right signing', async () => {
    // Different images: for one and the same, a registry without a referrers API loses one of two signatures.
    const push = async (content: string) =>
      `${sandbox.endpoints.registry}/demo/hello@${await pushArtifact(sandbox.endpoints.registry, content)}`
    const [one, other] = [await push('one'), await push('other')]
    const [intern, outsider] = await Promise.all([
      sign({ name: 'intern', ...as('intern'), reference: one }),
      sign({ name: 'outsider', ...as('outsider'), reference: other }),
    ])
    expect([intern.ok, outsider.ok]).toEqual([true, true])
    expect([await verify('intern', one), await verify('outsider', other)]).toEqual(['verified', 'verified'])
    expect(await verify('outsider', one)).toContain('no matching CertificateIdentity found')
  })

  test('Fulcio trusts the second issuer too, and the certificate names it', async () => {
    const { issuer, secondIssuer, secondSigningConfig: signingConfig, registry } = sandbox.endpoints
    const image = `${registry}/demo/hello@${await pushArtifact(registry, 'second')}`
    const onUrl = (url: string) => loginAs({ url, issuer: secondIssuer, persona: 'engineer', decision: 'allow' })
    expect(await sign({ name: 'second', signingConfig, reference: image, onUrl })).toMatchObject({ ok: true })
    expect(await verify('engineer', image, secondIssuer)).toBe('verified')
    expect(await verify('engineer', image)).toContain(`expected issuer value "${issuer}", got "${secondIssuer}"`)
  })

  test('a refused, a closed, an unanswered and a cancelled login have four different results, and nothing is signed', async () => {
    const ends: string[] = []
    const end = async (more: Partial<SignOptions>): Promise<void> => {
      const result = await sign({ name: 'nobody', ...more })
      ends.push(result.ok ? 'signed' : result.error.code)
    }
    const close = new AbortController()
    const cancel = new AbortController()
    await end(as('engineer', 'deny'))
    await end({ loginClosed: close.signal, onUrl: () => close.abort() })
    await end({ timeoutMs: 300 })
    await end({ signal: cancel.signal, onUrl: () => cancel.abort() })
    await end(as('nobody'))
    expect(ends).toEqual(['login.denied', 'login.closed', 'login.timed-out', 'run.cancelled', 'login.unknown-persona'])
    await expect(stat(join(folder, 'nobody.sigstore.json'))).rejects.toThrow()
  })

  test('a missing image and an unreachable registry are reported by name', async () => {
    const absent = `${sandbox.endpoints.registry}/demo/absent@sha256:${'0'.repeat(64)}`
    expect(await sign({ name: 'absent', ...as('engineer'), reference: absent })).toMatchObject({
      ok: false,
      error: { code: 'cosign.image-missing' },
    })
    const down = `localhost:9/demo/hello@sha256:${'0'.repeat(64)}`
    expect(await sign({ name: 'down', ...as('engineer'), reference: down })).toMatchObject({
      ok: false,
      error: { code: 'cosign.registry-down' },
    })
  })

  test('a second sandbox of the same state is refused, and the error names the holder of the port', async () => {
    const issuer = sandbox.services.find(({ id }) => id === 'issuer')
    const result = await startSandbox({
      folder: join(folder, 'state', 'sandbox'),
      runtimeDir: join(folder, 'run2'),
      logDir: join(folder, 'logs2'),
      pidFolder: join(folder, 'pids2'),
      programs,
      node: process.execPath,
      issuerEntry: own.issuerEntry,
    })
    expect(result).toMatchObject({ ok: false, error: { code: 'machine.port-taken' } })
    if (!result.ok) expect(result.error.found).toContain(`process ${issuer?.pid}`)
  })

  test('dead services are named from cosign\u2019s message', async () => {
    const stop = (id: string) => sandbox.services.find((service) => service.id === id)?.stop()
    const code = async (): Promise<string> => {
      const result = await sign({ name: 'broken', ...as('engineer') })
      return result.ok ? 'signed' : result.error.code
    }
    const codes: string[] = []
    for (const id of ['rekor', 'timestamp-authority', 'fulcio', 'issuer']) {
      await stop(id)
      codes.push(await code())
    }
    expect(codes).toEqual(['cosign.rekor-down', 'cosign.timestamp-down', 'cosign.fulcio-down', 'cosign.issuer-down'])
    expect(changes.filter(({ state, exit }) => state === 'stopped' && exit?.expected === false)).toEqual([])
  })

  test('after a restart old signatures still verify, and new ones continue the logs', async () => {
    const before = sandbox.endpoints
    await sandbox.stop()
    sandbox = await start()
    expect(sandbox.endpoints.registry).toBe(before.registry)
    expect(sandbox.endpoints.issuer).toBe(before.issuer)
    expect(await verify('engineer')).toBe('verified')
    expect(await sign({ name: 'again', ...as('engineer') })).toMatchObject({ ok: true })
    const bundle = JSON.parse(await readFile(join(folder, 'again.sigstore.json'), 'utf8'))
    expect(Number(bundle.verificationMaterial.tlogEntries[0].logIndex)).toBeGreaterThanOrEqual(3)
  })

  test('keys and logs are readable by their owner only, and no service has a secret in its arguments', async () => {
    const state = join(folder, 'state', 'sandbox')
    expect((await stat(state)).mode & 0o777).toBe(0o700)
    expect((await stat(join(state, 'keys', 'fulcio.key.pem'))).mode & 0o777).toBe(0o600)
    for (const { pid } of sandbox.services) {
      expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toMatch(/PRIVATE|passw(?:d|ord)=[^\0]/)
    }
  })
})

/** Pushes a small OCI artifact, and returns its digest. */
async function pushArtifact(registry: string, content = 'hello'): Promise<string> {
  const base = `http://${registry}/v2/demo/hello`
  const digest = (bytes: string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const blob = async (bytes: string): Promise<{ digest: string; size: number }> => {
    const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST' })
    const target = new URL(begun.headers.get('location') ?? '', base)
    target.searchParams.set('digest', digest(bytes))
    const put = await fetch(target, {
      method: 'PUT',
      body: bytes,
      headers: { 'content-type': 'application/octet-stream' },
    })
    if (put.status !== 201) throw new Error(`PUT blob: ${put.status}`)
    return { digest: digest(bytes), size: bytes.length }
  }
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const config = await blob('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}')
  const layer = await blob(content)
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
  })
  const put = await fetch(`${base}/manifests/v1`, {
    method: 'PUT',
    body: manifest,
    headers: { 'content-type': mediaType },
  })
  if (put.status !== 201) throw new Error(`PUT manifest: ${put.status} ${await put.text()}`)
  return digest(manifest)
}
