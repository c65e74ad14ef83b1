import { appError } from '../domain/app-error.ts'
import { configProblems } from '../domain/config-problems.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type AttestorConfig, type AttestorConfigFile, configSchema } from './config-schema.ts'

/** The text of a configuration file, for `plugin_data_file`. Throws when the values do not make one: that is a bug. */
export const attestorConfig = (values: AttestorConfigFile): string =>
  `${JSON.stringify(configSchema.parse(values), undefined, 2)}\n`

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
  const parsed = configSchema.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  return err(
    appError(
      'config.attestor',
      'The plugin\u2019s configuration is not accepted.',
      'Mend these keys in the file that plugin_data_file names.',
      {
        expected: Object.keys(configSchema.shape).join(', '),
        found: configProblems(configSchema, parsed.error),
      },
    ),
  )
}
