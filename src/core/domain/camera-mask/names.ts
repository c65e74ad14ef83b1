import { utf8ToBytes } from '@noble/hashes/utils.js'

/** What is masked: the local part of an address, a host, a path. */
type Kind = 'm' | 'h' | 'p'

/** Gives each value a mask of its own: `m1xxxx@h1xx.xxx`. It keeps length and punctuation, so that parsers still work. */
export class MaskNames {
  readonly #masks = new Map<string, string>()
  readonly #given = new Set<string>()
  readonly #next = { m: 1, h: 1, p: 1 }

  /** The mask of a value; of a mask, itself. */
  of(kind: Kind, value: string): string {
    const known = this.#masks.get(value)
    if (known !== undefined) return known
    if (this.#given.has(value)) return value
    const mask = this.#free(kind, value)
    this.#masks.set(value, mask)
    this.#given.add(mask)
    return mask
  }

  /** The mask of a host, whatever its case; loopback and the hosts of specifications are shown. */
  host(value: string): string {
    return shown.test(value) ? value : this.of('h', value.toLowerCase())
  }

  isMask(value: string): boolean {
    return this.#given.has(value)
  }

  /** A short value has few masks; when all are taken, one is shared. */
  #free(kind: Kind, value: string): string {
    const shape = shapeOf(value)
    let mask = shape
    for (let tries = 0; tries < 2_000; tries++) {
      mask = stamped(shape, `${kind}${(this.#next[kind] + tries).toString(36)}`)
      if (this.#given.has(mask) || mask === value) continue
      this.#next[kind] += tries + 1
      return mask
    }
    return mask
  }
}

/** `x` for each byte that is a letter, a digit, or of another script. */
const shapeOf = (value: string): string =>
  value.replace(/[A-Za-z0-9]|[^\u0000-\u007f]/gu, (letter) => 'x'.repeat(utf8ToBytes(letter).length))

/** The tag in the first places for letters; its end, if they are few. */
function stamped(shape: string, tag: string): string {
  const places = shape.split('x').length - 1
  const letters = tag.slice(-Math.max(1, places))
  let at = 0
  return shape.replace(/x/g, () => letters.charAt(at++) || 'x')
}

/** Names that say nothing about this machine or its company. */
const shown =
  /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|::1?|(?:.+\.)?(?:in-toto\.io|slsa\.dev|sigstore\.dev|spdx\.(?:org|dev)|cyclonedx\.org|w3\.org|json-schema\.org|opencontainers\.org|spiffe\.io))$/i
