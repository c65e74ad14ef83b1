/** Shorter text holds nothing that is masked. */
const leastBytes = 3

/** Where bytes are text: the stretches of well-formed UTF-8 in them, from and to. */
export function* utf8Runs(bytes: Uint8Array): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from < bytes.length; ) {
    let to = from
    for (let length = lengthAt(bytes, to); length > 0; length = lengthAt(bytes, to)) to += length
    if (to - from >= leastBytes) yield [from, to]
    from = Math.max(to, from + 1)
  }
}

/** How many bytes the character here has (RFC 3629); 0 if there is none. */
function lengthAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0xff
  if (lead < 0x80) return 1
  const [length, low, high] = formOf(lead)
  const second = bytes[at + 1] ?? 0
  if (second < low || second > high) return 0
  for (let next = 2; next < length; next++) if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 0
  return length
}

/** The length that a first byte says, and what the second one may be: nothing too long, no surrogate, no code point beyond. */
function formOf(lead: number): readonly [length: number, low: number, high: number] {
  if (lead < 0xc2 || lead > 0xf4) return [0, 0, 0xff]
  if (lead < 0xe0) return [2, 0x80, 0xbf]
  if (lead < 0xf0) return [3, lead === 0xe0 ? 0xa0 : 0x80, lead === 0xed ? 0x9f : 0xbf]
  return [4, lead === 0xf0 ? 0x90 : 0x80, lead === 0xf4 ? 0x8f : 0xbf]
}
