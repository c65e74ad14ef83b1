import * as z from 'zod'
import { record, text } from './shapes.ts'

/** The five results of a check. They are kept apart everywhere in this program. */
export const verdicts = ['passed', 'failed', 'could-not-check', 'not-present', 'not-checked'] as const
export type Verdict = (typeof verdicts)[number]

/** The same results in words. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  passed: 'passed',
  failed: 'failed',
  'could-not-check': 'could not check',
  'not-present': 'not present',
  'not-checked': 'not checked yet',
}

/** The fields of a check whose id is one of these. */
export const checkFields = <Id extends string>(id: z.ZodType<Id>) => ({
  id,
  verdict: z.enum(verdicts),
  expected: text,
  found: text,
  /** What would fix it; absent when passed. */
  remedy: text.exactOptional(),
})

/** A check with any id. */
export const checkSchema = record(checkFields(z.string().max(200)))

/** One check with what was expected and what was found, both ready to be displayed. */
export type Check<Id extends string = string> = Omit<z.output<typeof checkSchema>, 'id'> & { readonly id: Id }
