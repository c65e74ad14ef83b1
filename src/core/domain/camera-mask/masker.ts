import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { base64Of, bytesOfBase64, textOfUtf8 } from '../bundle/bundle-encoding.ts'
import { derContents } from '../bytes/der-ranges.ts'
import { isObject } from '../json.ts'
import { MaskNames } from './names.ts'
import { mailPattern, patternFor } from './patterns.ts'
import { utf8Runs } from './utf8-runs.ts'

/** Replaces what a camera must not see. */
export interface Masker {
  readonly text: (text: string) => string
  /** The same in bytes, each value as long as before, so that every offset stays. */
  readonly bytes: (bytes: Uint8Array) => Uint8Array
}

/** Base64 in base64 in base64: a certificate in an entry in a bundle. */
const deepest = 4

/**
 * A masker of e-mail addresses, host names, paths and these names of this machine, also inside base64, PEM and hex. The
 * same value always gets the same mask, another value another one, and a mask masked again is itself. Loopback and the
 * hosts of published specifications stay.
 */
export function createMasker(machine: readonly string[]): Masker {
  const names = new MaskNames()
  const pattern = patternFor(machine)
  const mails = mailPattern()
  const plain = (text: string): string =>
    text.replace(pattern, (...found: unknown[]) => {
      const groups = groupsOf(found.at(-1))
      const whole = String(found[0])
      if (groups['url'] !== undefined) return url(groups)
      if (groups['mail'] !== undefined) return mail(whole)
      if (groups['path'] !== undefined || groups['coded'] !== undefined) return names.of('p', whole)
      return names.host(whole)
    })
  const mail = (whole: string): string => {
    // The signs as they are, or as they stand in a URL.
    const [local = '', ...rest] = whole.split(/(@|%40)/)
    return names.of('m', local) + rest.map((part, at) => (at % 2 === 0 ? part : names.host(part))).join('')
  }
  const url = ({
    scheme = '',
    user = '',
    host = '',
    port = '',
    rest = '',
  }: Readonly<Record<string, string | undefined>>) => {
    const masked = names.host(host)
    const hides = masked !== host || names.isMask(host)
    const after =
      hides && !/^spiffe:/i.test(scheme) && rest.length > 1 ? names.of('p', rest) : rest.replace(mails, mail)
    return `${scheme}${user === '' ? '' : `${names.of('m', user.slice(0, -1))}@`}${masked}${port}${after}`
  }
  const bytesAt = (bytes: Uint8Array, depth: number): Uint8Array => {
    let masked: Uint8Array | undefined
    // Other bytes are no letters: beside a value they would become part of it, and its mask longer than it.
    for (const [from, to] of textsIn(bytes)) {
      const text = textOfUtf8(bytes.subarray(from, to)) ?? ''
      const after = coded(text, depth)
      if (after === text) continue
      masked ??= Uint8Array.from(bytes)
      masked.set(utf8ToBytes(after).subarray(0, to - from), from)
    }
    return masked ?? bytes
  }
  // Decoded first: text that looks like a path may be part of base64.
  const coded = (text: string, depth: number): string => plain(depth > deepest ? text : decoded(text, depth))
  const decoded = (text: string, depth: number): string => {
    let masked = ''
    let from = 0
    // A line of PEM is no base64 of its own.
    for (const { 0: whole, 1: body = '', index } of text.matchAll(pem)) {
      masked += tokens(text.slice(from, index), depth) + withBody(whole, body, depth)
      from = index + whole.length
    }
    return masked + tokens(text.slice(from), depth)
  }
  const tokens = (text: string, depth: number): string =>
    text
      .replace(base64, (token: string) => inBase64(token, depth) ?? token)
      .replace(hex, (token: string) => bytesToHex(bytesAt(hexToBytes(token), depth + 1)))
  /** The lines of PEM are joined, and broken again where they were. */
  const withBody = (whole: string, body: string, depth: number): string => {
    const masked = inBase64(body.replaceAll(lineEnd, ''), depth)
    if (masked === undefined) return whole
    let at = 0
    const lines = body.split(lineEnd).map((line) => masked.slice(at, (at += line.length)))
    return whole.replace(body, () => lines.join(body.match(lineEnd)?.[0] ?? ''))
  }
  const inBase64 = (token: string, depth: number): string | undefined => {
    const url64 = /[-_]/.test(token)
    const bare = token.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
    const bytes = bytesOfBase64(bare.padEnd(Math.ceil(bare.length / 4) * 4, '='))
    if (bytes === undefined) return undefined
    const masked = bytesAt(bytes, depth + 1)
    if (masked === bytes) return undefined
    const text =
      base64Of(masked).slice(0, token.replace(/=+$/, '').length) + token.slice(token.replace(/=+$/, '').length)
    return url64 ? text.replaceAll('+', '-').replaceAll('/', '_') : text
  }
  return { text: (text) => coded(text, 0), bytes: (bytes) => bytesAt(bytes, 0) }
}

/** Where bytes are text. In DER a tag or a length may look like a letter of the value beside it. */
function* textsIn(bytes: Uint8Array): Generator<readonly [from: number, to: number]> {
  for (const [start, end] of derContents(bytes) ?? [[0, bytes.length]]) {
    for (const [from, to] of utf8Runs(bytes.subarray(start, end))) yield [start + from, start + to]
  }
}

/** The named groups of a match, as `replace` passes them last. */
const groupsOf = (value: unknown): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).map(([key, each]) => [
      key,
      typeof each === 'string' ? each : undefined,
    ]),
  )

const lineEnd = /\r?\n|\\n/g
const pem = /-----BEGIN [A-Z0-9 ]+-----(?:\r?\n|\\n)([A-Za-z0-9+/=\n\r\\]+?)-----END/g
/** Shorter ones hold no certificate and hardly an address; what is no base64 decodes to nothing that is masked. */
const base64 = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}(?![A-Za-z0-9+/_=-])/g
const hex = /(?<![0-9a-f])(?:[0-9a-f]{2}){12,}(?![0-9a-f])/g
