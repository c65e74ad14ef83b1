import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { attestorConfig } from '../../src/core/attestor/config/parse.ts'
import { createContainer } from '../../src/core/containers/container.ts'
import { type PrivateEngine, startPrivateEngine } from '../../src/core/containers/engine/private-engine.ts'
import { demoImage } from '../../src/core/containers/images/demo-image.ts'
import { buildImage } from '../../src/core/containers/images/image.ts'
import { pullImage } from '../../src/core/containers/images/pull-image.ts'
import { pushImage } from '../../src/core/containers/images/push-image.ts'
import { readBundleFacts } from '../../src/core/domain/bundle/bundle.ts'
import type { DecisionRecord } from '../../src/core/domain/gate.ts'
import type { Digest } from '../../src/core/domain/oci/digest.ts'
import { parseImageReference } from '../../src/core/domain/oci/image-reference.ts'
import type { Result } from '../../src/core/domain/result.ts'
import { runCommand } from '../../src/core/process/command.ts'
import { checkProfile } from '../../src/core/profiles/check-profile.ts'
import { readProfile } from '../../src/core/profiles/read-profile.ts'
import { copySignature } from '../../src/core/registry/copy-signature.ts'
import type { RegistryCredentials } from '../../src/core/registry/login/docker-config.ts'
import { dockerCredentials } from '../../src/core/registry/login/docker-credentials.ts'
import { RegistryAccess } from '../../src/core/registry/login/registry-access.ts'
import { type Repository, read } from '../../src/core/registry/registry.ts'
import { readBundles } from '../../src/core/registry/signature-bundles.ts'
import { loginAs } from '../../src/core/sandbox/login-client.ts'
import type { CosignRegistry } from '../../src/core/sigstore/cosign/cosign-registry.ts'
import { signWithCosign } from '../../src/core/sigstore/cosign/cosign-sign.ts'
import { cosignVerifyImage } from '../../src/core/sigstore/cosign/cosign-verify.ts'
import { type ForeignRegistryKind, outerAddress, writeDockerConfig } from '../harness/foreign-registry.ts'
import { type ForeignServices, startForeignServices } from '../harness/foreign-services.ts'
import type { RegistryUser } from '../harness/token-server.ts'
import { copyPlugin } from '../process/attestor/plugin-host.ts'
import { dist, root, tools } from './harness/session.ts'
import { program } from './programs.ts'

const dockerd = program('dockerd')
const ready = dockerd !== undefined && program('cosign') !== undefined && process.getuid?.() === 0

const value = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error, null, 2))
  return result.value
}
const failure = (result: Result<unknown>) => {
  if (result.ok) throw new Error('expected an error')
  return result.error
}
const loginOf = ({ username, password }: RegistryUser): RegistryCredentials => ({
  kind: 'password',
  username,
  password,
})
const stranger: RegistryUser = { username: 'stranger', password: 'unknown', refreshToken: 'unknown', actions: [] }

// `basic` is plain http and a password; `token` is TLS with the registry's own CA, and a token service.
describe.skipIf(!ready).each<ForeignRegistryKind>(['basic', 'token'])('a registry with a login of kind %s', (kind) => {
  let folder: string
  let services: ForeignServices
  let running: PrivateEngine
  let repository: string
  /** How cosign reaches it with the login that may push. */
  let reached: CosignRegistry
  /** The pushed and signed image. */
  let digest: Digest

  const startEngine = async (name: string, caFiles: readonly string[]): Promise<PrivateEngine> =>
    value(
      await startPrivateEngine({
        folder: join(folder, name),
        runtimeDir: join(folder, `run-${name}`),
        dockerd: dockerd ?? '',
        logFile: join(folder, `${name}.log`),
        pidFolder: join(folder, 'pids'),
        caFiles,
      }),
    )
  const build = async (tag: string, { engine } = running): Promise<void> => {
    const { dockerfile, files } = demoImage({ workload: tools().workload, note: tag, now: new Date() })
    // It keeps running although it has no agent's socket.
    const idle = dockerfile.replace(/ENTRYPOINT.*/, 'ENTRYPOINT ["/workload", "-idle"]')
    value(await buildImage(engine, { dockerfile: idle, files, tag: `${repository}:${tag}` }))
  }
  const push = (tag: string, credentials?: RegistryCredentials, { engine } = running) =>
    pushImage(engine, { repository, tag, credentials })
  const dockerConfigOf = async (user: RegistryUser, as?: 'password' | 'refresh-token'): Promise<string> => {
    const file = join(folder, `${user.username} ${as}`, 'config.json')
    await writeDockerConfig(file, services.registry.host, user, as)
    return dirname(file)
  }
  const sign = async (more: CosignRegistry, of = digest) =>
    signWithCosign({
      cosign: tools().cosign,
      reference: `${repository}@${of}`,
      signingConfig: services.endpoints.signingConfig,
      trustedRoot: services.endpoints.trustedRoot,
      bundleFile: join(folder, 'bundle.sigstore.json'),
      openerDir: join(dist, 'opener'),
      node: process.execPath,
      runtimeDir: folder,
      homeDir: join(folder, 'home'),
      logFile: join(folder, 'sign.log'),
      pidFolder: join(folder, 'pids'),
      timeoutMs: 30_000,
      onUrl: (url) => loginAs({ url, issuer: services.endpoints.issuer, persona: 'engineer', decision: 'allow' }),
      ...more,
    })
  const verify = async (more: CosignRegistry) => {
    const { check } = await cosignVerifyImage({
      cosign: tools().cosign,
      trustedRoot: services.endpoints.trustedRoot,
      signer: services.profile.signer,
      home: join(folder, 'home'),
      timeoutMs: 30_000,
      image: { ...value(parseImageReference(repository)), digest },
      ...more,
    })
    return check
  }
  const place = (dockerConfig: string, more: { caFile?: string | undefined; plainHttp?: boolean } = {}) => {
    const { host, plainHttp, caFile } = { ...services.registry, ...more }
    const access = new RegistryAccess(host, join(dockerConfig, 'config.json'), caFile)
    onTestFinished(() => access.close())
    return { registry: { host, plainHttp, access }, path: 'team/hello' } satisfies Repository
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'acme-user-'))
    services = await startForeignServices(kind)
    const { registry } = services
    repository = `${registry.host}/team/hello`
    running = await startEngine('engine', registry.caFile === undefined ? [] : [registry.caFile])
    reached = {
      dockerConfig: dirname(registry.dockerConfig),
      registryCaFile: registry.caFile,
      plainHttp: registry.plainHttp,
    }
    await build('one')
    digest = value(await push('one', loginOf(registry.users.pusher))).digest
    value(await sign(reached))
  })
  afterAll(async () => {
    await running?.stop()
    await services?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('passes the check of the profile that names it', async () => {
    const places = { assets: `${root}/assets`, config: join(services.configHome, 'sigstore-attestor'), env: {} }
    const profile = value(await readProfile('acme', places))
    if (profile.kind !== 'services') throw new Error('another profile')
    const { signal } = new AbortController()
    const { checks } = await checkProfile({ profile, cache: join(folder, 'cache'), env: {}, signal })
    // Rekor v2's server serves no checkpoint that would identify the log.
    expect(checks.filter(({ verdict }) => verdict !== 'passed').map(({ id }) => id)).toEqual(['rekor'])
  })

  it('pushes and pulls with a login, and distinguishes a missing, wrong, or insufficient one', async () => {
    const { engine } = running
    const { pusher, reader } = services.registry.users
    const reference = `${repository}@${digest}`
    const said = JSON.stringify([
      failure(await push('one')),
      failure(await push('one', loginOf(stranger))),
      failure(await pullImage(engine, reference)),
    ])
    expect(JSON.parse(said)).toMatchObject([
      { code: 'registry.denied', what: expect.stringContaining('asks for a login') },
      { code: 'registry.denied', what: expect.stringContaining('does not accept the login') },
      { code: 'registry.denied', what: expect.stringContaining('asks for a login') },
    ])
    expect(said).not.toContain(stranger.password)
    // In this order: an engine does not request again what it has pulled by digest.
    value(await pullImage(engine, reference, undefined, loginOf(pusher)))
    const absent = `${services.registry.host}/team/nobody@${digest}`
    expect(failure(await pullImage(engine, absent, undefined, loginOf(pusher))).code).toBe('registry.not-found')
    if (kind === 'basic') return
    // Only a token limits a user's rights.
    expect(failure(await push('one', loginOf(reader)))).toMatchObject({
      code: 'registry.denied',
      what: expect.stringContaining('does not let you push'),
    })
    value(await push('one', { kind: 'refresh-token', token: pusher.refreshToken }))
  })

  it('has its image signed and verified by cosign with the login, and not without it', async () => {
    expect(await verify(reached)).toMatchObject({ verdict: 'passed' })
    const without: CosignRegistry = { ...reached, dockerConfig: undefined }
    expect(failure(await sign(without)).code).toBe('cosign.registry-login')
    expect(await verify(without)).toMatchObject({
      verdict: 'could-not-check',
      remedy: expect.stringContaining('docker login'),
    })
    expect(failure(await sign({ ...reached, dockerConfig: await dockerConfigOf(stranger) })).code).toBe(
      'cosign.registry-login',
    )
  })

  it('serves the signature to a client with the login, by the fallback tag', async () => {
    const { dockerConfig = '' } = reached
    // Distribution 2.8 has no referrers API: an image's referrers are found by the tag that cosign writes.
    expect(failure(await read(place(dockerConfig), `referrers/${digest}`, 10_000)).code).toBe('registry.not-found')
    const { bundles, rejected } = value(await readBundles(place(dockerConfig), digest))
    expect(rejected).toEqual([])
    const facts = bundles.map(({ json }) => value(readBundleFacts(json)))
    expect(facts.length).toBeGreaterThan(0)
    expect(facts.every(({ subjectDigest }) => subjectDigest === digest)).toBe(true)
    const refused = value(await readBundles(place(await dockerConfigOf(stranger)), digest))
    expect([refused.bundles, refused.unread?.code]).toEqual([[], 'registry.refused'])
  })

  it('lets a signature be copied with write access only', async () => {
    await build('two')
    const { digest: to } = value(await push('two', loginOf(services.registry.users.pusher)))
    const asStranger = place(await dockerConfigOf(stranger))
    expect(failure(await copySignature(asStranger, digest, to)).code).toBe('registry.refused')
    if (kind === 'token') {
      const asReader = place(await dockerConfigOf(services.registry.users.reader))
      const denied = failure(await copySignature(asReader, digest, to))
      expect(denied).toMatchObject({ code: 'registry.refused', remedy: expect.stringContaining('may write there') })
    }
    const copied = value(await copySignature(place(reached.dockerConfig ?? ''), digest, to))
    const { bundles } = value(await readBundles(place(reached.dockerConfig ?? ''), to))
    expect(bundles.map((bundle) => bundle.digest)).toEqual([copied.bundle])
  })

  it('works with a credential helper: for the engine, for cosign and for the attestor', async () => {
    const { host, users } = services.registry
    const bin = join(folder, 'helper')
    mkdirSync(bin)
    const answer = JSON.stringify({ ServerURL: host, Username: users.pusher.username, Secret: users.pusher.password })
    writeFileSync(join(bin, 'docker-credential-acme'), `#!/bin/sh\n[ "$(cat)" = "${host}" ] && echo '${answer}'\n`)
    chmodSync(join(bin, 'docker-credential-acme'), 0o755)
    writeFileSync(join(bin, 'config.json'), JSON.stringify({ credHelpers: { [host]: 'acme' } }))
    vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`)
    onTestFinished(() => void vi.unstubAllEnvs())
    value(await push('one', value(await dockerCredentials(join(bin, 'config.json'), host, services.registry))))
    value(await sign({ ...reached, dockerConfig: bin }))
    expect(await verify({ ...reached, dockerConfig: bin })).toMatchObject({ verdict: 'passed' })
    value(await readBundles(place(bin), digest))
  })

  it('is read by the attestor, for a container that runs its image', async () => {
    const plugin = join(folder, 'attestor-plugin.cjs')
    copyPlugin(plugin)
    const { engine } = running
    const container = value(
      await createContainer(engine, { image: `${repository}@${digest}`, name: `acme-${kind}`, mounts: [] }),
    )
    onTestFinished(async () => void (await container.remove()))
    value(await container.start())
    const { host, plainHttp, caFile, dockerConfig } = services.registry
    const file = join(folder, 'plugin.json')
    const explain = async (more: object): Promise<DecisionRecord> => {
      writeFileSync(
        file,
        attestorConfig({
          engineSocket: engine.socket,
          registries: [{ host, plainHttp, ...more }],
          dockerConfig,
          trustedRoot: services.endpoints.trustedRoot,
          cosign: { path: tools().cosign },
          records: join(folder, 'records'),
        }),
      )
      const args = [plugin, 'explain', container.name, '--config', file, '--json']
      const outcome = await runCommand({ program: process.execPath, args, timeoutMs: 30_000 })
      return JSON.parse(outcome.stdout) as DecisionRecord
    }
    const gate = (record: DecisionRecord, id: string) => record.gates.find((each) => each.id === id)
    const decided = await explain(caFile === undefined ? {} : { caFile })
    for (const id of ['registry', 'signature', 'signer']) expect(gate(decided, id)?.verdict).toBe('passed')
    expect(decided.selectors).toContain(`repository:${repository}`)
    if (kind === 'basic') return
    expect(gate(await explain({}), 'registry')).toMatchObject({
      verdict: 'could-not-check',
      remedy: expect.stringContaining('"caFile"'),
    })
  })

  if (kind === 'token') {
    it('has its image signed with a refresh token, and not with read access only', async () => {
      const { pusher, reader } = services.registry.users
      value(await sign({ ...reached, dockerConfig: await dockerConfigOf(pusher, 'refresh-token') }))
      const asReader = { ...reached, dockerConfig: await dockerConfigOf(reader) }
      expect(failure(await sign(asReader)).code).toBe('cosign.registry-denied')
      expect(await verify(asReader)).toMatchObject({ verdict: 'passed' })
    })

    it('is not trusted without its CA, or with a file without certificates', async () => {
      const without: CosignRegistry = { ...reached, registryCaFile: undefined }
      expect(failure(await sign(without)).code).toBe('cosign.registry-tls')
      expect(await verify(without)).toMatchObject({
        verdict: 'could-not-check',
        found: expect.stringContaining('certificate signed by unknown authority'),
      })
      const file = join(folder, 'none.pem')
      writeFileSync(file, 'no certificate\n')
      expect(failure(await sign({ ...reached, registryCaFile: file })).code).toBe('registry.tls-authority')
      const { dockerConfig = '' } = reached
      for (const [more, found] of [
        [{ caFile: undefined }, 'a certificate of a CA that is not known here'],
        [{ caFile: file }, 'no certificate'],
        [{ caFile: undefined, plainHttp: true }, 'TLS'],
      ] as const) {
        expect(failure(await readBundles(place(dockerConfig, more), digest)).found).toBe(found)
      }
    })

    // On loopback an engine verifies nothing.
    it.skipIf(outerAddress() === '127.0.0.1')(
      'is not pushed to by an engine that does not trust its CA, and the error says how to add it',
      async () => {
        const other = await startEngine('other', [])
        onTestFinished(() => other.stop())
        await build('one', other)
        expect(failure(await push('one', loginOf(services.registry.users.pusher), other))).toMatchObject({
          code: 'registry.tls',
          found: expect.stringContaining('x509: certificate signed by unknown authority'),
        })
      },
    )
  }
})
