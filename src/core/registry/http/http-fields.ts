/** A challenge of a WWW-Authenticate field; names are in lower case. */
export interface Challenge {
  readonly scheme: string
  readonly parameters: ReadonlyMap<string, string>
}

/** A link of a Link field; names are in lower case. */
export interface Link {
  readonly target: string
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * The links of a Link field (RFC 8288, section 3); undefined when any part of it cannot be read. Of a parameter that
 * occurs twice the first counts, as the RFC has it for `rel`.
 */
export function parseLinks(field: string): readonly Link[] | undefined {
  const scan = new Scanner(field)
  const links: Link[] = []
  for (;;) {
    scan.take(separators)
    if (scan.atEnd) return links
    const target = scan.take(/<([^<>]*)>/y)
    if (target === undefined) return undefined
    const parameters = new Map<string, string>()
    while (scan.take(/[ \t]*;[ \t]*/y) !== undefined) {
      const name = scan.take(token)
      if (name === undefined) continue
      const value = scan.take(equals) === undefined ? '' : scan.value()
      if (value === undefined) return undefined
      keepFirst(parameters, name, value)
    }
    links.push({ target, parameters })
    if (scan.take(/[ \t]*(?:,|$)/y) === undefined) return undefined
  }
}

/** The challenges of a WWW-Authenticate field (RFC 9110, section 11.6.1), up to the first that cannot be read. */
export function parseChallenges(field: string): readonly Challenge[] {
  const scan = new Scanner(field)
  const challenges: Challenge[] = []
  for (;;) {
    scan.take(separators)
    const scheme = scan.take(token)
    if (scheme === undefined) return challenges
    const parameters = new Map<string, string>()
    const challenge = { scheme: scheme.toLowerCase(), parameters }
    if (scan.take(/[ \t]+/y) === undefined || scan.take(token68) !== undefined) {
      if (scan.take(listEnd) === undefined) return challenges
      challenges.push(challenge)
      continue
    }
    for (;;) {
      scan.take(separators)
      const name = scan.take(parameterName)
      if (name === undefined) break
      const value = scan.value()
      if (value === undefined) return challenges
      keepFirst(parameters, name, value)
      if (scan.take(listEnd) === undefined) return challenges
    }
    challenges.push(challenge)
  }
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const equals = /[ \t]*=[ \t]*/y
const separators = /[ \t,]+/y
const listEnd = /(?=[ \t]*(?:,|$))/y
const token68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y
const parameterName = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*/y
const quoted = /"((?:[^"\\]|\\.)*)"/y
// More than a token, because people leave the quotes away from addresses, too.
const unquoted = /[^ \t",;<>]+/y

function keepFirst(parameters: Map<string, string>, name: string, value: string): void {
  const key = name.toLowerCase()
  if (!parameters.has(key)) parameters.set(key, value)
}

/** Reads a text from left to right. */
class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  /** Takes what a sticky pattern matches here: its first group if it has one. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match === null) return undefined
    this.#at += match[0].length
    return match[1] ?? match[0]
  }

  /** A token or a quoted string, without quotes and escapes. */
  value(): string | undefined {
    return this.take(quoted)?.replaceAll(/\\(.)/gs, '$1') ?? this.take(unquoted)
  }
}
