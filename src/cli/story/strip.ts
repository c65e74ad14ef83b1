import { type Digest, digestHex } from '../../core/domain/oci/digest.ts'

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const

/** A digest as 32 block characters, one a byte, its height the value: the same bytes give the same strip. */
export function digestStrip(digest: Digest): string {
  const hex = digestHex(digest)
  let strip = ''
  for (let at = 0; at < hex.length; at += 2) {
    strip += blocks[Number.parseInt(hex.slice(at, at + 2), 16) >> 5] ?? ''
  }
  return strip
}
