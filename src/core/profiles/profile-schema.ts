import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { registryPattern } from '../domain/oci/image-reference.ts'

const path = z.string().max(4096).startsWith('/', 'not an absolute path')

// Addresses that are only valid on this machine's own link: where clouds serve a machine's credentials.
const linkLocal = new BlockList()
linkLocal.addSubnet('169.254.0.0', 16)
linkLocal.addSubnet('fe80::', 10, 'ipv6')

/** Whether an address, as `URL.hostname` writes it, is link-local: no Sigstore service is there, and secrets may be. */
export function isLinkLocal(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '')
  const family = isIP(address)
  if (family === 0) return false
  // An IPv4-mapped IPv6 address is treated as IPv4.
  return linkLocal.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

const url = z
  .url({ protocol: /^https?$/, error: 'no http or https address' })
  .max(2000)
  .refine((text) => !isLinkLocal(hostOf(text)), 'a link-local address')
  .refine((text) => !hasUser(text), 'an address with a user or password in it')

const hostOf = (text: string): string => (URL.canParse(text) ? new URL(text).hostname : '')
const hasUser = (text: string): boolean =>
  URL.canParse(text) && `${new URL(text).username}${new URL(text).password}` !== ''

/** The name of an environment variable. What a profile needs and must not hold comes from there. */
const variable = z.string().regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'no name of an environment variable')

const needsTime = 'Rekor v2 gives no time: a timestamp authority is needed'

const service = z.strictObject({ url })

/** A company's own Sigstore, or the public one: its addresses, and which CAs and keys to trust. */
const endpoints = {
  fulcio: service.describe('the certificate authority'),
  rekor: z.strictObject({ url, version: z.literal([1, 2]).describe('of its API') }).describe('the transparency log'),
  timestampAuthority: z
    .strictObject({ url: url.describe('with its path, such as …/api/v1/timestamp') })
    .describe('the RFC 3161 timestamp authority; Rekor v2 gives no time, and needs one'),
}

const sigstore = z.strictObject({
  trustedRoot: z
    .union([
      path,
      z.strictObject({
        tuf: z.strictObject({
          mirror: url.describe('the repository'),
          root: path.optional().describe('the root metadata that trust begins with; without it the public Sigstore’s'),
        }),
      }),
    ])
    .describe('what to trust: a Sigstore trusted root in a file, or fetched by TUF'),
  caFile: path
    .optional()
    .describe(
      'a CA file (PEM) for services and issuer whose certificates neither a well-known CA nor one of this machine issued',
    ),
  signingConfig: path
    .optional()
    .describe('a Sigstore signing config that says where its services are; then they are not named here'),
  fulcio: endpoints.fulcio.optional(),
  rekor: endpoints.rekor.optional(),
  timestampAuthority: endpoints.timestampAuthority.optional(),
})

/** The same, once the addresses of its services are known. */
export const resolvedSigstore = sigstore
  .extend({ ...endpoints, timestampAuthority: endpoints.timestampAuthority.optional() })
  .refine(({ rekor, timestampAuthority }) => rekor.version === 1 || timestampAuthority !== undefined, {
    path: ['timestampAuthority'],
    error: needsTime,
  })

const login = z
  .strictObject({
    clientId: z
      .string()
      .min(1)
      .max(500)
      .regex(/^[\x21-\x7e]+$/, 'no client id')
      .default('sigstore')
      .describe('the id by which the OIDC provider knows this client'),
    clientSecret: z
      .union([
        z.strictObject({ variable: variable.describe('the environment variable that holds it') }),
        z.strictObject({ file: path.describe('a file that only this user can read') }),
      ])
      .optional()
      .describe('where the client’s secret is; never the secret itself'),
    redirectUrl: z
      .string()
      .max(500)
      .regex(/^http:\/\/(?:localhost|127\.0\.0\.1):[1-9][0-9]{0,4}\/[\x21-\x7e]*$/, 'not http://localhost:PORT/PATH')
      .optional()
      .describe('where the provider sends the browser back, if it knows a fixed address; without it any free port'),
    flow: z
      .literal(['browser', 'device'])
      .default('browser')
      .describe('"device": a code is entered in a browser on another machine'),
    connector: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .describe('which identity provider a login page that is Dex offers; "signer.issuer" is that of the signer'),
  })
  .refine(({ flow, clientSecret }) => flow === 'browser' || clientSecret === undefined, {
    path: ['clientSecret'],
    error: 'cosign sends no secret in the device flow: remove this or "flow"',
  })
  .prefault({})
  .describe('how people log in at the issuer')

/** An issuer, or where it comes from: a variable, with an optional default, that holds one or a word for one. */
export const issuerVariable = /^\$\{([A-Z][A-Z0-9_]{0,99})(?::-([\x21-\x7c\x7e]{1,500}))?\}$/
const signerIssuer = z.string().superRefine((text, context) => {
  const issues = issuerVariable.test(text) ? [] : (url.safeParse(text).error?.issues ?? [])
  for (const { message } of issues) context.addIssue({ code: 'custom', message })
})

const registry = z
  .strictObject({
    host: z.string().regex(registryPattern, 'not host[:port]').describe('host[:port] as it stands in image references'),
    repository: z
      .string()
      .max(255)
      .regex(/^(?:[a-z0-9]|\$\{[A-Z][A-Z0-9_]{0,99}\})(?:[a-z0-9._/-]|\$\{[A-Z][A-Z0-9_]{0,99}\})*$/, 'no repository')
      .describe('below the host; ${NAME} is filled in from the environment'),
    plainHttp: z.boolean().default(false).describe('read and written over http; https everywhere else'),
    caFile: path.optional().describe('a CA file (PEM) for a certificate that no well-known CA issued'),
    credentials: z
      .union([
        z.literal('docker').describe('those of this user’s own `docker login`'),
        z.strictObject({
          dockerConfig: path
            .regex(/\/config\.json$/, 'not named config.json, as programs look for it')
            .describe('a Docker configuration (config.json) with credentials or helpers'),
        }),
      ])
      .optional()
      .describe('where they are; never the credentials themselves'),
  })
  .refine(({ plainHttp, caFile }) => !plainHttp || caFile === undefined, {
    path: ['caFile'],
    error: 'plain http verifies no certificate: remove this or "plainHttp"',
  })

const existing = {
  trustDomain: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,254}$/, 'no trust domain'),
  trustBundle: path.describe('the CAs of its trust domain (PEM)'),
  parentId: z
    .string()
    .max(2048)
    .startsWith('spiffe://', 'no SPIFFE ID')
    .describe('the parent of registration entries: the name that the agent’s node has'),
}

const spire = z
  .union([
    z.literal('ours'),
    z.strictObject({
      agentSocket: path.describe('the Workload API of an agent that is already running, with our attestor loaded'),
      decisions: path.describe('the folder where that attestor keeps its decision records ("records")'),
      ...existing,
    }),
    z.strictObject({
      server: z
        .string()
        .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?:[0-9]{1,5}$/, 'not host:port')
        .describe('host:port of a SPIRE server'),
      joinToken: variable.describe('the variable that holds the join token; it was made for "parentId"'),
      ...existing,
    }),
  ])
  .default('ours')
  .describe('"ours" starts a server and an agent; else an existing one')

const common = {
  $schema: z.string().optional().describe('for editors; not read'),
  title: z.string().min(1).max(60).describe('as the window names it'),
}

/** The contents of a profile's file. Every key is known; unset ones have the defaults given here. */
export const profileSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({ ...common, kind: z.literal('sandbox') })
    .describe('everything on this machine, started by this program'),
  z
    .strictObject({
      ...common,
      kind: z.literal('services'),
      public: z.boolean().default(false).describe('whether what is signed is public for ever; then it is asked first'),
      sigstore,
      issuer: url.describe('the OpenID Connect issuer that people log in at, exactly as it stands in its tokens'),
      signer: z
        .strictObject({
          issuer: signerIssuer.describe(
            'who will have confirmed them; behind a broker this is not the issuer above. ${NAME:-github} is github, google, microsoft or an address in the environment',
          ),
          subject: z.string().min(1).max(500).describe('${NAME} is filled in from the environment'),
        })
        .describe('who is expected to sign, as the certificate will name them'),
      login,
      registry,
      spire,
    })
    .superRefine(({ sigstore: { signingConfig, fulcio, rekor, timestampAuthority } }, context) => {
      const wrong = (key: string, message: string): void =>
        context.addIssue({ code: 'custom', path: ['sigstore', key], message })
      const named = Object.entries({ fulcio, rekor, timestampAuthority }).filter(([, value]) => value !== undefined)
      if (signingConfig !== undefined) for (const [key] of named) wrong(key, 'the signing config says where it is')
      else {
        if (fulcio === undefined) wrong('fulcio', 'this is needed, or "signingConfig"')
        if (rekor === undefined) wrong('rekor', 'this is needed, or "signingConfig"')
        if (rekor?.version === 2 && timestampAuthority === undefined) wrong('timestampAuthority', needsTime)
      }
    })
    .describe('services that are there already'),
])

/** A profile as written in its file. */
export type ProfileFile = z.output<typeof profileSchema> & {
  /** Present when the file uses a deprecated key: the notice for its author. */
  readonly notice?: string
}
/** A profile of existing services, and their addresses. */
export type ServicesProfile = Omit<FilledProfile, 'sigstore'> & {
  readonly sigstore: z.output<typeof resolvedSigstore>
}
/** The same as in its file, with everything filled in that it leaves to the environment. */
export type FilledProfile = Extract<ProfileFile, { kind: 'services' }>
/** A profile with everything in it that a story needs. */
export type ResolvedProfile = Extract<ProfileFile, { kind: 'sandbox' }> | ServicesProfile

/** The JSON Schema of a profile, as it is published for editors. */
export const publishedProfileSchema = (): object => ({
  title: 'sigstore-attestor: profile',
  ...z.toJSONSchema(profileSchema, { io: 'input' }),
})
