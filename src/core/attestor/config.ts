import type { z } from 'zod'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type AttestorConfig, type AttestorConfigFile, configSchema, publishedSchema } from './config-schema.ts'
import { nearestWord } from './nearest-word.ts'

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
        found: parsed.error.issues.map((issue) => sentence(issue)).join('; '),
      },
    ),
  )
}

/** An issue in words. Of the forms that a value may have it is about the one that was meant: the kind of value says which. */
function sentence(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): string {
  const path = [...above, ...issue.path]
  const place = path.map(String).join('.')
  if (issue.code === 'invalid_union') {
    const meant = issue.errors.find(
      ([first]) => first !== undefined && !(first.code === 'invalid_type' && first.path.length === 0),
    )
    return meant === undefined
      ? `${place}: neither of the forms that it may have`
      : meant.map((each) => sentence(each, path)).join('; ')
  }
  if (issue.code !== 'unrecognized_keys') return `${place === '' ? 'it' : place}: ${issue.message}`
  const known = keysAt(path)
  return issue.keys
    .map((key) => {
      const nearest = nearestWord(key, known)
      const hint = nearest === undefined ? '' : ` Is "${nearest}" meant?`
      return `${[...path.map(String), key].join('.').slice(0, 200)}: this key is not known.${hint}`
    })
    .join('; ')
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  /** The forms that a value may have; at most one of them is an object. */
  readonly anyOf?: readonly SchemaNode[]
}

/** The keys that are known at a place of the configuration. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let node = objectForm(publishedSchema())
  for (const step of path) node = objectForm(typeof step === 'number' ? node?.items : node?.properties?.[String(step)])
  return Object.keys(node?.properties ?? {})
}

const objectForm = (node: SchemaNode | undefined): SchemaNode | undefined =>
  node?.anyOf?.find((form) => form.properties !== undefined) ?? node
