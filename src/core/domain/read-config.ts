import type { z } from 'zod'
import { configProblems } from './config-problems.ts'
import { type RenamedKey, withCurrentKeys } from './renamed-keys.ts'
import { err, ok, type Result } from './result.ts'

/** A configuration that fits its schema. */
export interface ReadConfig<Schema extends z.ZodType> {
  readonly config: z.output<Schema>
  /** Present when it uses a deprecated key. */
  readonly notice?: string
}

/**
 * Reads parsed JSON as a configuration, under its current or its old key names. An error says what is wrong, each
 * problem with its place, and repeats no value.
 */
export function readConfig<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  renamed: readonly RenamedKey[],
): Result<ReadConfig<Schema>, string> {
  const current = withCurrentKeys(value, renamed)
  if (!current.ok) return current
  const { value: named, ...more } = current.value
  const parsed = schema.safeParse(named)
  if (parsed.success) return ok({ config: parsed.data, ...more })
  const problems = configProblems(schema, parsed.error)
  return err(more.notice === undefined ? problems : `${problems.replace(/\.$/, '')}. ${more.notice}`)
}
