import * as z from 'zod'
import { bytesOfBase64 } from './bundle/bundle-encoding.ts'
import { type Digest, isDigest } from './oci/digest.ts'

// Schemas of the fields that artifacts, events and records consist of. Each is as strict as possible: a view that
// computes with a field relies on it.

/** Text from a person or a tool. It is displayed, never interpreted. */
export const text = z.string().max(20_000)
/** A certificate, or several. */
export const pem = z.string().max(100_000)
export const flag = z.boolean()
export const count = z.int().min(0)
export const list = <S extends z.ZodType>(of: S) => z.array(of).max(1_000).readonly()

/** A Sigstore JSON document as text. A view that shows it parses it, and reports what is wrong with it. */
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
/** A whole number within JavaScript's safe range, as text. */
export const decimal = z.string().regex(/^(0|[1-9]\d{0,14})$/, 'a whole number')
/** Lower-case hex of whole bytes. */
export const hex = z
  .string()
  .max(20_000)
  .regex(/^([0-9a-f]{2})*$/, 'lower-case hex')
/** A SHA-256 in lower-case hex. */
export const hash = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex characters')
export const digest = z.custom<Digest>(isDigest, { error: 'sha256: and 64 lower-case hex characters' })

/** An object with exactly these fields; an unknown key is an error. */
export const record = <S extends z.ZodRawShape>(fields: S) => z.strictObject(fields).readonly()
