import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ok } from '../../../src/core/domain/result.ts'
import { Redactor } from '../../../src/core/process/redactor.ts'
import { type SignOptions, signWithCosign } from '../../../src/core/sigstore/cosign/cosign-sign.ts'
import { signingConfigJson } from '../../../src/core/sigstore/cosign/signing-config.ts'
import { type LoginOptions, usualLogin } from '../../../src/core/sigstore/login/login-options.ts'
import { imageA, trustedRootFile } from '../../fixtures/sigstore-fixtures.ts'
import { type CompanyProvider, challengeOf, type ProviderOptions, startProvider } from '../../harness/oidc-provider.ts'
import { program } from '../../integration/programs.ts'
import { ownPrograms } from '../sandbox/own-programs.ts'
import { type LocalServer, localServer } from '../tools/local-server.ts'

// The real cosign at a company's OIDC provider, up to Fulcio, which here refuses everything.
const cosign = program('cosign')
let folder: string
let own: ReturnType<typeof ownPrograms>
let services: LocalServer
let provider: CompanyProvider
/** The tokens that reached Fulcio. */
const tokens: string[] = []

beforeAll(() => void (own = ownPrograms()))
afterAll(() => rm(own.folder, { recursive: true, force: true }))
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'login-'))
  tokens.length = 0
  services = await localServer((request, response) => {
    if (request.url?.startsWith('/v2/') === true) {
      const type = 'application/vnd.docker.distribution.manifest.v2+json'
      return response
        .writeHead(200, { 'content-type': type, 'docker-content-digest': imageA.digest })
        .end(imageA.manifest)
    }
    tokens.push(request.headers.authorization?.replace(/^Bearer /, '') ?? '')
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"code":3,"message":"not today"}')
    return undefined
  })
})
afterEach(async () => {
  await provider.close()
  await services.close()
  await rm(folder, { recursive: true, force: true })
})

/** Signs; the person’s browser is `fetch`, which follows the redirects to cosign’s callback. */
async function sign(options: ProviderOptions, login: LoginOptions = usualLogin, more: Partial<SignOptions> = {}) {
  provider = await startProvider(options)
  const signingConfig = join(folder, 'signing-config.json')
  const address = services.url('')
  const config = signingConfigJson({
    fulcio: address,
    issuer: provider.issuer,
    rekor: { url: address, version: 2 },
    timestampAuthority: `${address}/timestamp`,
    since: new Date(0),
    operator: 'acme',
  })
  await writeFile(signingConfig, JSON.stringify(config))
  const opened: string[] = []
  const codes: string[] = []
  const redactor = new Redactor()
  if (login.clientSecret !== undefined) redactor.addChosen(login.clientSecret)
  const commands: string[] = []
  const secrets: string[] = []
  const result = await signWithCosign({
    cosign: cosign ?? '',
    login,
    reference: `${address.replace('http://', '')}/demo/hello@${imageA.digest}`,
    signingConfig,
    trustedRoot: trustedRootFile,
    bundleFile: join(folder, 'bundle.json'),
    openerDir: own.openerDir,
    node: process.execPath,
    runtimeDir: join(folder, 'run'),
    homeDir: join(folder, 'home'),
    logFile: join(folder, 'sign.log'),
    pidFolder: join(folder, 'pids'),
    redactor,
    timeoutMs: 20_000,
    onCommand: (argv) => commands.push(argv.join(' ')),
    onUrl: async (url, _, code) => {
      opened.push(url)
      for (const name of await readdir(join(folder, 'run')))
        if (name.startsWith('client-')) secrets.push(await readFile(join(folder, 'run', name), 'utf8'))
      if (code === undefined) await fetch(url)
      else codes.push(code)
      provider.allowDevice()
      return ok(undefined)
    },
    ...more,
  })
  const left = await readdir(join(folder, 'run'))
  expect(left.filter((name) => name !== 'services-ca')).toEqual([])
  const log = await readFile(join(folder, 'sign.log'), 'utf8').catch(() => '')
  return { error: result.ok ? undefined : result.error, opened, codes, secrets, commands: commands.join('\n'), log }
}
const audience = (): unknown => JSON.parse(Buffer.from(tokens[0]?.split('.')[1] ?? '', 'base64url').toString()).aud

describe.skipIf(cosign === undefined)('a login of the real cosign at a company’s OIDC provider', () => {
  it('opens the login page that the discovery document names, on another host than the issuer', async () => {
    const { error, opened } = await sign({})
    expect(error?.code).toBe('cosign.fulcio-refused')
    expect(new URL(opened[0] ?? '').origin + new URL(opened[0] ?? '').pathname).toBe(provider.loginPage)
    expect(new URL(provider.loginPage).origin).not.toBe(provider.issuer)
    const verifier = provider.parameters.get('/token')?.get('code_verifier') ?? ''
    expect(challengeOf(verifier)).toBe(new URL(opened[0] ?? '').searchParams.get('code_challenge'))
    expect(audience()).toBe('sigstore')
  })

  it('has the client id, the secret and the redirect URL of the profile; the secret is in no output', async () => {
    const { port } = await freePort()
    const redirectUrl = `http://localhost:${port}/oidc/callback`
    const client = { clientId: 'acme-cli', clientSecret: 'hunter22-acme', redirectUrl }
    const { error, secrets, commands, log } = await sign(client, { ...client, flow: 'browser' })
    expect(error?.code).toBe('cosign.fulcio-refused')
    expect(audience()).toBe('acme-cli')
    expect(secrets).toEqual(['hunter22-acme'])
    expect(JSON.stringify([error, commands, log])).not.toContain('hunter22-acme')
    expect(commands).toContain(`--oidc-redirect-url=${redirectUrl}`)
  })

  it('with a wrong secret says that the client is not accepted, and never which secret it was', async () => {
    const client = { clientId: 'acme-cli', clientSecret: 'wrong-secret' }
    const { error, log } = await sign({ ...client, clientSecret: 'right-secret' }, { ...client, flow: 'browser' })
    expect(error?.code).toBe('login.client-refused')
    expect(error?.remedy).toContain('"clientSecret"')
    expect(JSON.stringify([error, log])).not.toContain('wrong-secret')
  })

  it('by a code: the person gets the code and its page, and cosign goes on', async () => {
    const { error, opened, codes } = await sign({}, { ...usualLogin, flow: 'device' })
    expect(error?.code).toBe('cosign.fulcio-refused')
    expect(codes).toEqual(['ABCD-EFGH'])
    expect(opened).toEqual([`${provider.issuer}/code`])
    expect(audience()).toBe('sigstore')
  })

  it('by a code where the provider has none', async () => {
    const { error } = await sign(
      { discovery: { device_authorization_endpoint: undefined } },
      { ...usualLogin, flow: 'device' },
    )
    expect(error?.code).toBe('login.no-device-flow')
  })

  it('where the provider says nothing of PKCE', async () => {
    const { error } = await sign({ discovery: { code_challenge_methods_supported: [] } })
    expect(error?.code).toBe('login.no-pkce')
  })

  it('where another program has the port of the redirect URL', async () => {
    const { port, close } = await freePort(true)
    const redirectUrl = `http://localhost:${port}/cb`
    const { error } = await sign({ redirectUrl }, { ...usualLogin, redirectUrl })
    expect(error?.code).toBe('login.callback-taken')
    expect(error?.found).toContain('address already in use')
    close()
  })

  it('at the discovery document of another issuer is not opened', async () => {
    const { error, opened } = await sign({ discovery: { issuer: 'https://evil.example' } })
    expect(error?.code).toBe('cosign.issuer-mismatch')
    expect(opened).toEqual([])
  })
})

/** A free port; with `hold`, one that is taken. */
async function freePort(hold = false): Promise<{ port: number; close: () => void }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  if (!hold) await new Promise((resolve) => server.close(resolve))
  return { port, close: () => void server.close() }
}
