import type { Check } from './verdict.ts'

/** What the X509-SVID standard asks of a certificate, and what validation adds. */
export const svidCheckIds = ['uri-san', 'not-a-ca', 'key-usage', 'extended-key-usage', 'time', 'chain'] as const
export type SvidCheckId = (typeof svidCheckIds)[number]

/** An X.509-SVID as facts: times ISO 8601 UTC, the serial number lower-case hex. */
export interface Svid {
  readonly spiffeId: string
  readonly notBefore: string
  readonly notAfter: string
  readonly serial: string
  /** Leaf first. */
  readonly chainPem: readonly string[]
  readonly bundlePem: readonly string[]
  readonly checks: readonly Check<SvidCheckId>[]
}
