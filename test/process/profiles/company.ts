import { writeFile } from 'node:fs/promises'
import type { RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect } from 'vitest'
import { readTrustedRoot } from '../../../src/core/domain/certificates/trust.ts'
import { checkProfile, type ProfileCheckId } from '../../../src/core/profiles/check-profile.ts'
import { parseProfile } from '../../../src/core/profiles/read-profile.ts'
import { trustedRoot as sandboxRoot } from '../../fixtures/sigstore-fixtures.ts'

// Every service of a company at one address, reporting what those of a sandbox’s trusted root report.
const root = readTrustedRoot(sandboxRoot)
if (!root.ok) throw new Error(root.error.what)
/** What the trusted root of the company contains. */
export const { certificateAuthorities, timestampAuthorities, logs } = root.value

export const pem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`
export const chainOf = (chain: readonly Uint8Array[] = []): string[] => chain.map((der) => pem('CERTIFICATE', der))

/** By path: a text (200), a status, or a function. */
export type Answers = Record<string, string | number | RequestListener>

/** The good answers of services at this address. */
export const goodAnswers = (address: string): Answers => ({
  '/login/.well-known/openid-configuration': JSON.stringify({
    issuer: `${address}/login`,
    authorization_endpoint: `${address}/login/authorize`,
    token_endpoint: `${address}/login/token`,
    code_challenge_methods_supported: ['S256'],
  }),
  '/login/authorize': '<html>Log in</html>',
  '/api/v2/configuration': JSON.stringify({ issuers: [{ issuerUrl: `${address}/login`, audience: 'sigstore' }] }),
  '/api/v2/trustBundle': JSON.stringify({ chains: [{ certificates: chainOf(certificateAuthorities.at(-1)?.chain) }] }),
  '/api/v1/log/publicKey': pem('PUBLIC KEY', logs[0]?.publicKey ?? new Uint8Array()),
  '/api/v1/timestamp/certchain': chainOf(timestampAuthorities[0]?.chain).join(''),
})

/** How a registry answers a request for a manifest that it does not have. */
export const unknownManifest = (response: ServerResponse): ServerResponse =>
  response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')

/** Serves them, as they are at the time of a request. */
export const serving =
  (answers: () => Answers): RequestListener =>
  (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const answer = answers()[path]
    if (typeof answer === 'function') return answer(request, response)
    if (answer === undefined && path.startsWith('/v2/')) return unknownManifest(response)
    if (typeof answer === 'number' || answer === undefined) return response.writeHead(answer ?? 404).end()
    const type = answer.startsWith('<html>') ? 'text/html' : 'application/json'
    return response.writeHead(200, { 'content-type': type }).end(answer)
  }

/** The profile of services at this address; its trusted root is written to the folder. */
export async function profileAt(address: string, folder: string): Promise<object> {
  const trustedRoot = join(folder, 'trusted_root.json')
  await writeFile(trustedRoot, sandboxRoot)
  return {
    kind: 'services',
    title: 'Acme',
    sigstore: {
      trustedRoot,
      fulcio: { url: address },
      rekor: { url: address, version: 1 },
      timestampAuthority: { url: `${address}/api/v1/timestamp` },
    },
    issuer: `${address}/login`,
    signer: { issuer: `${address}/login`, subject: 'me@acme.example' },
    registry: { host: address.replace(/^https?:\/\//, ''), repository: 'team/hello', plainHttp: true },
  }
}

/** Looks at the services that are at an address now, with a profile in the folder that differs in some keys. */
export function looksAt(place: () => { readonly address: string; readonly folder: string }) {
  const profileWith = async (more: object = {}) => {
    const { address, folder } = place()
    const text = JSON.stringify({ ...(await profileAt(address, folder)), ...more })
    const profile = parseProfile(text, 'acme.json', {})
    if (!profile.ok || profile.value.kind !== 'services') throw new Error(JSON.stringify(profile))
    return profile.value
  }
  const look = async (more: object = {}, env: NodeJS.ProcessEnv = {}) => {
    const profile = await profileWith(more)
    const { signal } = new AbortController()
    const { checks } = await checkProfile({ profile, cache: join(place().folder, 'cache'), env, signal })
    return new Map(checks.map((check) => [check.id, check]))
  }
  /** The check's result for one thing, and that nothing else is wrong. */
  const only = async (id: ProfileCheckId, more: object = {}, env: NodeJS.ProcessEnv = {}) => {
    const checks = await look(more, env)
    expect([...checks.values()].filter(({ verdict }) => verdict !== 'passed').map((check) => check.id)).toEqual([id])
    return checks.get(id)
  }
  return { profileWith, look, only }
}
