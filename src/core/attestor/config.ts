import { z } from 'zod'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'

const path = z.string().max(4096).startsWith('/', 'not an absolute path')

const schema = z.strictObject({
  /** The container engine's socket. */
  engineSocket: path,
  /** The registries that may be asked. An image can carry anybody's host; others are recorded and skipped. */
  registries: z
    .array(
      z.strictObject({
        host: z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?$/, 'not host[:port]'),
        plainHttp: z.boolean().default(false),
      }),
    )
    .min(1)
    .max(16),
  /** The Sigstore trusted root, a file. */
  trustedRoot: path,
  cosign: z.strictObject({
    path,
    /** When given, another program at this path is refused. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'not 64 lower-case hex characters')
      .optional(),
  }),
  /** The folder for decision records. */
  records: path,
  /** The longest that one attestation takes. Workloads wait five seconds by default. */
  deadlineMs: z.number().int().min(100).max(3_900).default(3_500),
  /** How long a verified image is not verified again. */
  cacheSeconds: z.number().int().min(0).max(3_600).default(60),
  /** A rootless engine's socket belongs to an ordinary user, who can answer anything through it. */
  rootless: z.enum(['refuse', 'allow']).default('refuse'),
  /** Where the process file system of the machine is seen. */
  procFolder: path.default('/proc'),
})

/** The configuration with every default filled in. */
export type AttestorConfig = z.output<typeof schema>

/** The configuration as its file holds it. */
export type AttestorConfigFile = z.input<typeof schema>

/** The text of a configuration file, for `plugin_data_file`. Throws when the values do not make one: that is a bug. */
export const attestorConfig = (values: AttestorConfigFile): string =>
  `${JSON.stringify(schema.parse(values), undefined, 2)}\n`

/** Reads what SPIRE hands over as the plugin's configuration: JSON, every key known. */
export function parseAttestorConfig(text: string): Result<AttestorConfig> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return err(
      appError(
        'config.attestor-not-json',
        'The plugin\u2019s configuration is not JSON.',
        'Write it as JSON into a file of its own, and name that file with plugin_data_file instead of plugin_data.',
        { expected: 'a JSON object', found: text.trim() === '' ? 'nothing' : 'other text, perhaps HCL' },
      ),
    )
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  const issues = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.') || 'it'}: ${issue.message}`)
  return err(
    appError(
      'config.attestor',
      'The plugin\u2019s configuration is not accepted.',
      'Mend these keys in the file that plugin_data_file names.',
      { expected: Object.keys(schema.shape).join(', '), found: issues.join('; ') },
    ),
  )
}
