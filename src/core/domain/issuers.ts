/** The issuers that the public Sigstore's login page offers, by a word for each; Dex knows them by the same address. */
export const identityProviders = {
  github: 'https://github.com/login/oauth',
  google: 'https://accounts.google.com',
  microsoft: 'https://login.microsoftonline.com',
} as const

/** The issuer that a word stands for; undefined for any other text. */
export const issuerOfWord = (word: string): string | undefined =>
  Object.entries(identityProviders).find(([each]) => each === word)?.[1]

/**
 * Whether a pattern of Fulcio's configuration (`MetaIssuers`) is about an issuer, as Fulcio matches it (pkg/config,
 * MetaRegex): `*` is one part of a host name or of a path, of letters, digits, `-` and `_`; everything else is itself.
 */
export function matchesIssuerPattern(pattern: string, issuer: string): boolean {
  // All places in the pattern at once, as Go's regular expressions do: one of JavaScript's could take for ever.
  let places = new Set([0])
  for (const letter of issuer) {
    const next = new Set<number>()
    for (const at of places) {
      const isPart = pattern[at] === '*' && /[-_a-zA-Z0-9]/.test(letter)
      if (isPart) next.add(at)
      if (isPart || (pattern[at] === letter && letter !== '*')) next.add(at + 1)
    }
    places = next
  }
  return places.has(pattern.length)
}
