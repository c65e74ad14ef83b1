import { appError } from '../../domain/app-error.ts'
import { isObject, withoutMark } from '../../domain/json.ts'
import { readConfig } from '../../domain/read-config.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { parseStrictJson } from '../../domain/strict-json.ts'
import { type AttestorConfig, type AttestorConfigFile, configSchema, renamedKeys } from './schema.ts'

/**
 * The text of a configuration file, for `plugin_data_file`. Throws when the values are not a valid configuration: that
 * is a bug.
 */
export const attestorConfig = (values: AttestorConfigFile): string =>
  `${JSON.stringify(configSchema.parse(values), undefined, 2)}\n`

/** A larger text is not a configuration. */
export const maxConfigLength = 1024 * 1024

/**
 * Parses what SPIRE passes as the plugin's configuration: JSON, every key known and present once. Errors quote no
 * value.
 */
export function parseAttestorConfig(text: string): Result<AttestorConfig> {
  if (text.length > maxConfigLength) return err(refused(`${text.length} characters`))
  const read = parseStrictJson(withoutMark(text))
  if (!read.ok && read.error === 'not JSON') {
    return err(
      appError(
        'config.attestor-not-json',
        'The plugin\u2019s configuration is not JSON.',
        'Write it as JSON into a file of its own, and name that file with plugin_data_file instead of plugin_data.',
        { expected: 'a JSON object', found: text.trim() === '' ? 'nothing' : 'other text, perhaps HCL' },
      ),
    )
  }
  if (!read.ok) return err(refused(read.error))
  const known = [...Object.keys(configSchema.shape), ...renamedKeys.flatMap(({ within, old }) => within[0] ?? old)]
  // Probably the wrong file: not even its keys are repeated.
  if (isObject(read.value) && !Object.keys(read.value).some((key) => known.includes(key))) {
    return err(refused('none of these keys'))
  }
  const parsed = readConfig(configSchema, read.value, renamedKeys)
  if (!parsed.ok) return err(refused(parsed.error))
  const { config, ...notice } = parsed.value
  return ok({ ...config, ...notice })
}

const refused = (found: string) =>
  appError(
    'config.attestor',
    'The plugin\u2019s configuration is not accepted.',
    'Fix these keys in the file that plugin_data_file names.',
    { expected: Object.keys(configSchema.shape).join(', '), found },
  )
