import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, randomUUID, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'

const key = z.object({
  kty: z.literal('RSA'),
  kid: z.string().min(1),
  use: z.literal('sig'),
  alg: z.literal('RS256'),
  n: z.string(),
  e: z.string(),
  d: z.string(),
  p: z.string(),
  q: z.string(),
  dp: z.string(),
  dq: z.string(),
  qi: z.string(),
})

const oneIssuer = z.object({
  port: z.number().int().min(1).max(65_535),
  jwks: z.object({ keys: z.array(key).length(1) }),
  cookieKeys: z.array(z.string().min(32)).length(1),
})

const stateSchema = z.object({ issuers: z.tuple([oneIssuer, oneIssuer]) })

/** One OpenID Connect issuer: its port, which is part of its name, and its private keys. */
export type IssuerKeys = z.infer<typeof oneIssuer>
/** What the issuer programs read: the issuer of the story, and the second one that Fulcio trusts as well. */
export type IssuerState = z.infer<typeof stateSchema>

/** The name of an issuer, byte for byte as used in tokens, certificates and selectors. */
export const issuerUrl = (port: number): string => `http://localhost:${port}`

/** New keys for both issuers. */
export async function makeIssuerState(port: number, secondPort: number): Promise<IssuerState> {
  return { issuers: [await makeIssuer(port), await makeIssuer(secondPort)] }
}

/** Parses the state; throws with the reason when it is invalid, or when a key is. */
export function parseIssuerState(text: string): IssuerState {
  const state = stateSchema.parse(JSON.parse(text))
  for (const { jwks } of state.issuers) {
    for (const jwk of jwks.keys) {
      const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
      const probe = Buffer.from('probe')
      // OpenSSL accepts any numbers as a key; only using it shows whether they belong together.
      if (!verify('sha256', probe, createPublicKey(privateKey), sign('sha256', probe, privateKey))) {
        throw new Error('one of its keys does not work')
      }
    }
  }
  return state
}

async function makeIssuer(port: number): Promise<IssuerKeys> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' }
  return { port, jwks: { keys: [key.parse(jwk)] }, cookieKeys: [randomBytes(32).toString('base64url')] }
}
