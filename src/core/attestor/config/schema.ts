import { z } from 'zod'
import { signPredicateType } from '../../domain/bundle/bundle.ts'
import { type Digest, isDigest } from '../../domain/oci/digest.ts'
import { registryKey, registryPattern } from '../../domain/oci/image-reference.ts'
import type { RenamedKey } from '../../domain/renamed-keys.ts'
import { publicMirror } from '../../sigstore/trust/tuf-root.ts'
import { exposesMachine } from './exposed-mounts.ts'
import type { NamePattern } from './name-pattern.ts'

const path = z
  .string()
  .max(4096)
  .startsWith('/', 'not an absolute path')
  .refine((text) => !text.includes('\0'), 'with a NUL')

const host = z
  .string()
  .max(260)
  .regex(registryPattern, 'not host[:port], with a port from 1 to 65535')
  .describe('host[:port] as it stands in image references')

const name = z
  .union([
    z.string().min(1).max(2000),
    z.strictObject({
      pattern: z
        .string()
        .max(2000)
        .regex(/[^*]/, 'a pattern that every name matches')
        .regex(/^(?!.*\*\*\*)/, 'at most two stars in a row'),
    }),
  ])
  .describe('exactly this text, or a pattern for the whole of it: ** any characters, * any but /')

const threshold = (least: number) => z.number().int().min(least).max(4).default(1)

const trustedRoot = z
  .union([
    path,
    z.strictObject({
      tuf: z
        .strictObject({
          mirror: z
            .url({ protocol: /^https?$/, error: 'no http or https address' })
            .max(2000)
            .default(publicMirror)
            .describe('the repository; without it the public Sigstore\u2019s'),
          plainHttp: z.boolean().default(false).describe('fetched over http; https everywhere else'),
          root: path
            .optional()
            .describe(
              'the root metadata that trust begins with; without it the public Sigstore\u2019s, which this carries',
            ),
          cache: path.describe('the folder for what was fetched and verified'),
        })
        .refine(({ mirror, plainHttp }) => plainHttp === mirror.startsWith('http:'), {
          path: ['mirror'],
          error: 'http only with "plainHttp": true, and https without it',
        }),
    }),
  ])
  .describe('the Sigstore trusted root: a file, or fetched by TUF')

// A pattern in the published schema, a type in the program.
const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'not sha256:<hex>')
  .refine((text): text is Digest => isDigest(text))

/** What serves a socket: Docker's API (Docker Engine, Podman), or the container runtime interface of Kubernetes. */
export const runtimeKinds = ['docker', 'cri'] as const
export type RuntimeKind = (typeof runtimeKinds)[number]

const fields = z.strictObject({
  $schema: z.string().optional().describe('for editors; not read'),
  engineSocket: path
    .optional()
    .describe('the container engine\u2019s socket: short for one entry of "runtimes", of kind "docker"'),
  runtimes: z
    .array(
      z.strictObject({
        kind: z
          .enum(runtimeKinds)
          .describe('docker: Docker Engine or Podman; cri: containerd or CRI-O, for Kubernetes'),
        socket: path.describe('its socket'),
      }),
    )
    .min(1)
    .max(8)
    .refine((all) => new Set(all.map(({ socket }) => socket)).size === all.length, 'a socket that is there before')
    .optional()
    .describe('the container runtimes of this machine; either this or "engineSocket"'),
  registries: z
    .array(
      z
        .strictObject({
          host,
          plainHttp: z.boolean().default(false).describe('read over http; https everywhere else'),
          caFile: path.optional().describe('a CA file (PEM) for a certificate that no well-known CA issued'),
        })
        .refine(({ plainHttp, caFile }) => !plainHttp || caFile === undefined, {
          path: ['caFile'],
          error: 'plain http verifies no certificate: remove this or "plainHttp"',
        }),
    )
    .min(1)
    .max(16)
    .superRefine((registries, context) => {
      const seen = new Set<string>()
      for (const [at, { host }] of registries.entries()) {
        const { size } = seen.add(registryKey(host))
        // Which of the two applies would depend on their order, with TLS or without.
        if (size === at + 1) continue
        context.addIssue({ code: 'custom', path: [at, 'host'], message: 'a registry that is there before' })
        return
      }
    })
    .describe('the registries that are queried; an image can name any host, and others are skipped'),
  dockerConfig: path
    .optional()
    .describe('a Docker configuration file (config.json) with credentials or credential helpers for the registries'),
  trustedRoot,
  signers: z
    .array(z.strictObject({ issuer: name, subject: name }))
    .min(1)
    .max(64)
    .optional()
    .describe('whose signatures count; without it everyone\u2019s do, and the registration entry decides'),
  predicateType: z
    .string()
    .min(1)
    .max(500)
    .default(signPredicateType)
    .describe('the predicate type that a signature\u2019s statement must have'),
  thresholds: z
    .strictObject({
      log: threshold(1).describe('transparency log entries'),
      sct: threshold(0).describe('SCTs of CT logs'),
      timestamp: threshold(1).describe('timestamps'),
    })
    .default({ log: 1, sct: 1, timestamp: 1 })
    .describe('how many of each must verify'),
  skippedImages: z
    .array(digest)
    .max(1000)
    .default([])
    .describe('images that get no selectors and are not looked up, by id or manifest digest'),
  launch: z
    .strictObject({
      check: z.boolean().default(true).describe('whether it is checked'),
      mounts: z
        .array(path.refine((mount) => !exposesMachine(mount), 'it would expose the machine: name a folder of its own'))
        .max(32)
        .default([])
        .describe('folders of the machine that may be mounted: that of the agent\u2019s socket'),
    })
    .default({ check: true, mounts: [] })
    .describe('when a container counts as started as built'),
  cosign: z.strictObject({
    path: path.describe('cosign 3.1 or newer'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'not 64 lower-case hex characters')
      .optional()
      .describe('when given, another program at this path is refused'),
  }),
  records: path
    .refine((folder) => !/^[/.]*$/.test(folder), 'not a folder of its own')
    .describe('the folder for decision records'),
  progress: z
    .boolean()
    .default(false)
    .describe('whether each gate is reported at once, in a file beside the records, for a program that watches'),
  deadlineMs: z
    .number()
    .int()
    .min(100)
    .max(3_900)
    .default(3_500)
    .describe('the longest that one attestation takes; workloads wait five seconds by default'),
  cacheSeconds: z
    .number()
    .int()
    .min(0)
    .max(3_600)
    .default(60)
    .describe('how long a verified image is not looked up again'),
  cachedSignatures: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .default(1_000)
    .describe('how many verified signatures are cached, and not verified again while the registry lists them'),
  rootless: z
    .enum(['refuse', 'allow'])
    .default('refuse')
    .describe('a rootless engine\u2019s socket belongs to an ordinary user, who can answer anything through it'),
  procFolder: path.default('/proc').describe('where the process file system of the machine is seen'),
})

/** The plugin's configuration. Every key is known; unset ones have the defaults given here. */
export const configSchema = fields.superRefine(({ engineSocket, runtimes }, context) => {
  if ((engineSocket === undefined) !== (runtimes === undefined)) return
  const message =
    runtimes === undefined
      ? 'it is missing, and "runtimes" too'
      : 'either this or "runtimes": an engine\u2019s socket is a runtime of kind "docker"'
  context.addIssue({ code: 'custom', path: ['engineSocket'], message })
})

/** A runtime that the configuration names. */
export interface NamedRuntime {
  /** Where the configuration names its socket. */
  readonly key: string
  readonly kind: RuntimeKind
  readonly socket: string
}

/** The runtimes that a configuration names, by either key. */
export const namedRuntimes = ({
  engineSocket,
  runtimes,
}: Pick<AttestorConfig, 'engineSocket' | 'runtimes'>): readonly NamedRuntime[] => [
  ...(engineSocket === undefined ? [] : [{ key: 'engineSocket', kind: 'docker' as const, socket: engineSocket }]),
  ...(runtimes ?? []).map((each, at) => ({ key: `runtimes.${at}.socket`, ...each })),
]

/** Keys that have a new name: the old ones are still read. */
export const renamedKeys: readonly RenamedKey[] = [
  { within: ['registries', '*'], old: 'tlsAuthority', now: 'caFile' },
  { within: [], old: 'rememberedSignatures', now: 'cachedSignatures' },
]

/** The configuration with every default filled in. */
export type AttestorConfig = z.output<typeof configSchema> & {
  /** Present when the file uses a deprecated key: the notice for the log. */
  readonly notice?: string
}

/** The configuration as written in its file. */
export type AttestorConfigFile = z.input<typeof configSchema>

/** Who may have signed, as a policy. */
export interface AllowedSigner {
  readonly issuer: NamePattern
  readonly subject: NamePattern
}

/** The configuration's JSON Schema, published for editors. */
export const publishedSchema = (): object => ({
  title: 'sigstore-attestor: plugin_data_file',
  ...z.toJSONSchema(configSchema, { io: 'input' }),
  oneOf: [{ required: ['engineSocket'] }, { required: ['runtimes'] }],
})
