import * as z from 'zod'
import type { AppError, Ending, ErrorCode, Evidence } from '../domain/app-error.ts'
import { bytesOfBase64 } from '../domain/bundle-encoding.ts'
import { type Digest, isDigest } from '../domain/digest.ts'
import type { SignerIdentity } from '../domain/identity.ts'
import { type Check, verdicts } from '../domain/verdict.ts'

/**
 * What every field of a type must have: its schema. `z.strictObject({...} satisfies Shape<T>)` is kept equal to `T` by
 * the compiler: a field that is missing, too much, of another type or wrongly optional does not compile.
 */
export type Shape<T> = {
  readonly [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K>
    ? z.ZodExactOptional<z.ZodType<Exclude<T[K], undefined>>>
    : z.ZodType<T[K]>
}

/** One of these words. The record has to name all of them, or it does not compile. */
export const word = <T extends string>(words: Readonly<Record<T, true>>): z.ZodType<T> =>
  z.custom<T>((value) => typeof value === 'string' && Object.hasOwn(words, value), {
    error: `one of ${Object.keys(words).join(', ')}`,
  })

/** Words of a person or a tool. Whatever is in them is shown, never obeyed. */
export const text = z.string().max(20_000)
/** A certificate, or several. */
export const pem = z.string().max(100_000)
export const flag = z.boolean()
export const count = z.int().min(0)
export const list = <T>(of: z.ZodType<T>): z.ZodType<T[]> => z.array(of).max(1_000)

/** A JSON document of Sigstore's as text; whoever shows it reads it again, and tells what is wrong with it. */
export const json = z.string().max(512 * 1024)
/** Standard base64 of a few kilobytes. */
export const base64 = z
  .string()
  .max(100_000)
  .refine((value) => bytesOfBase64(value) !== undefined, 'base64')

/** ISO 8601 in UTC; a view may do arithmetic with it. */
export const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, 'a time as 2026-11-21T12:00:00Z')
  .refine((value) => Number.isFinite(Date.parse(value)), 'a time that exists')
/** A whole number that JavaScript can count with, written as text. */
export const decimal = z.string().regex(/^(0|[1-9]\d{0,14})$/, 'a whole number')
/** Lower-case hex of whole bytes. */
export const hex = z
  .string()
  .max(20_000)
  .regex(/^([0-9a-f]{2})*$/, 'lower-case hex')
/** A SHA-256 in lower-case hex. */
export const hash = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex characters')
export const digest = z.custom<Digest>(isDigest, { error: 'sha256: and 64 lower-case hex characters' })

export const signer = z.strictObject({ subject: text, issuer: text } satisfies Shape<SignerIdentity>)

const checkShape = { verdict: z.enum(verdicts), expected: text, found: text, remedy: text.exactOptional() }
/** The fields of a check with these ids. */
export const checkFields = <Id extends string>(id: z.ZodType<Id>) => ({ id, ...checkShape }) satisfies Shape<Check<Id>>
/** A check with any id. */
export const check = z.strictObject(checkFields(z.string().max(200)))

const code = z.custom<ErrorCode>((value) => typeof value === 'string' && /^[a-z]{1,40}\.[a-z0-9-]{1,80}$/.test(value), {
  error: 'the code of an error',
})
const evidence = z.strictObject({
  command: list(text).exactOptional(),
  ending: word<Ending>({
    'non-zero exit': true,
    crash: true,
    'timed out': true,
    cancelled: true,
    'not started': true,
  }).exactOptional(),
  exitCode: z.int().exactOptional(),
  signal: text.exactOptional(),
  lastLines: list(text).exactOptional(),
  logFile: text.exactOptional(),
} satisfies Shape<Evidence>)

/** An expected failure as it stands in an event. */
export const failure = z.strictObject({
  code,
  what: text,
  expected: text.exactOptional(),
  found: text.exactOptional(),
  remedy: text,
  evidence: evidence.exactOptional(),
} satisfies Shape<AppError>)
