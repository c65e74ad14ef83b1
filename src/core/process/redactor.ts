/** A shorter one would mask ordinary text. */
export const shortestSecret = 6

/** The replacement for a secret. */
export const mask = '[redacted]'

// A compact JWS: the form of an ID token.
const jwt = /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\b/g
const privateKey = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\s\S]*?(?:-----END (?:[A-Z]+ )*PRIVATE KEY-----|$)/g
const digest = String.raw`sha256:[0-9a-f]{64}`

/**
 * Removes secrets from text at the place where the text enters the program. Values are added when they are created or
 * read (a join token, a password); JSON web tokens and private keys are recognised by their form.
 *
 * A password that a person chose may be an ordinary word and part of a name: it is masked in text for people only, and
 * not inside a name that is public anyway.
 */
export class Redactor {
  readonly #generated = new Set<string>()
  readonly #chosen = new Set<string>()
  readonly #names = new Set<string>()
  #words: RegExp | null = null

  /** Registers a secret that was generated, so that it is part of nothing else. One that is too short is refused. */
  add(secret: string): void {
    if (secret.length < shortestSecret)
      throw new Error(`A secret of fewer than ${shortestSecret} characters cannot be redacted safely.`)
    this.#generated.add(secret)
  }

  /**
   * Registers a secret that a person may have chosen. One that is too short to be distinguished from text is not
   * masked.
   */
  addChosen(secret: string): void {
    if (secret.length < shortestSecret) return
    this.#chosen.add(secret)
    this.#words = null
  }

  /** Registers a public name, such as a host or a repository, that stays readable whatever password is part of it. */
  keep(name: string | undefined): void {
    if (name === undefined || name === '' || this.#names.has(name)) return
    this.#names.add(name)
    this.#words = null
  }

  /** Text for people, without any known secret. */
  clean(text: string): string {
    const out = this.cleanName(text)
    if (this.#chosen.size === 0) return out
    return out.replace((this.#words ??= this.#pattern()), (found) => (this.#chosen.has(found) ? mask : found))
  }

  /** A name, an identifier or a document: only what cannot be part of one is masked. */
  cleanName(text: string): string {
    let out = text.replace(privateKey, mask).replace(jwt, mask)
    for (const value of this.#generated) out = out.replaceAll(value, mask)
    return out
  }

  /** Names and chosen secrets, the longest first: of two that begin at one place the longer one counts. */
  #pattern(): RegExp {
    const secrets = [...this.#chosen].map((secret) => ({ length: secret.length, source: escaped(secret) }))
    const names = [...this.#names]
      .filter((name) => !this.#chosen.has(name))
      .map((name) => ({ length: name.length, source: whole(escaped(name)) }))
    const sorted = [...secrets, ...names, { length: 71, source: whole(digest) }].toSorted((a, b) => b.length - a.length)
    return new RegExp(sorted.map(({ source }) => source).join('|'), 'g')
  }
}

/** A name that is followed by more of a word is another one, and may be the beginning of a secret. */
const whole = (source: string): string => String.raw`(?<![\w.-])${source}(?![\w-]|\.\w)`

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)
