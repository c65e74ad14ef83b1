import * as z from 'zod'
import { hex, list, pem, record, text, time } from '../shapes.ts'
import { checkFields } from '../verdict.ts'

/** What the X509-SVID standard requires of a certificate, and what validation adds. */
export const svidCheckIds = ['uri-san', 'not-a-ca', 'key-usage', 'extended-key-usage', 'time', 'chain'] as const
export type SvidCheckId = (typeof svidCheckIds)[number]

/** An X.509-SVID as facts: times ISO 8601 UTC, the serial number lower-case hex. */
export const svidSchema = record({
  spiffeId: text,
  notBefore: time,
  notAfter: time,
  serial: hex,
  /** Leaf first. */
  chainPem: list(pem),
  bundlePem: list(pem),
  checks: list(record(checkFields(z.enum(svidCheckIds)))),
})
export type Svid = z.output<typeof svidSchema>
