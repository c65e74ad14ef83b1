import { bytesToHex } from '@noble/hashes/utils.js'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const values = new Map(alphabet.split('').map((letter, index) => [letter, index]))
const other = /[^A-Za-z0-9+/]/

/** The bytes of standard, padded base64 (RFC 4648 section 4), or undefined for anything else. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  // One expression for the whole form would run out of stack with megabytes.
  if (text.length % 4 !== 0 || other.test(text.slice(0, text.length - padding))) return undefined
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let bits = 0
  let held = 0
  let at = 0
  for (const letter of text.slice(0, text.length - padding)) {
    held = ((held << 6) | (values.get(letter) ?? 0)) & 0xffffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (held >> bits) & 0xff
    }
  }
  return bytes
}

/** Standard, padded base64 of the bytes. */
export function base64Of(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3)
    const held = (a << 16) | (b << 8) | c
    text += [18, 12, 6, 0].map((shift) => alphabet[(held >> shift) & 63] ?? '').join('')
  }
  const missing = (3 - (bytes.length % 3)) % 3
  return text.slice(0, text.length - missing) + '='.repeat(missing)
}

/**
 * The text of UTF-8 bytes, or undefined when they are not well-formed UTF-8. TextDecoder is not part of the language.
 */
export function textOfUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decodeURIComponent(bytesToHex(bytes).replace(/../g, '%$&'))
  } catch {
    return undefined
  }
}
