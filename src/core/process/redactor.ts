/** A shorter one would mask ordinary text. */
export const shortestSecret = 6

/** Text that stands where a secret stood. */
export const mask = '[redacted]'

// A compact JWS: what an ID token looks like wherever it turns up.
const jwt = /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\b/g
const privateKey = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\s\S]*?(?:-----END (?:[A-Z]+ )*PRIVATE KEY-----|$)/g

/**
 * Removes secrets from text at the place where the text enters the program. Values are added when they are made
 * (a join token, a password); JSON web tokens and private keys are recognised by their form.
 */
export class Redactor {
  readonly #values = new Set<string>()

  /** Registers a secret. One that is too short is refused. */
  add(secret: string): void {
    if (secret.length < shortestSecret)
      throw new Error(`A secret of fewer than ${shortestSecret} characters cannot be redacted safely.`)
    this.#values.add(secret)
  }

  /** The text without any known secret. */
  clean(text: string): string {
    let out = text.replace(privateKey, mask).replace(jwt, mask)
    for (const value of this.#values) out = out.replaceAll(value, mask)
    return out
  }
}
