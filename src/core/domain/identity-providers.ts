/** The issuers that the public Sigstore's login page offers, by a word for each; Dex knows them by the same address. */
export const identityProviders = {
  github: 'https://github.com/login/oauth',
  google: 'https://accounts.google.com',
  microsoft: 'https://login.microsoftonline.com',
} as const

/** The issuer that a word stands for; undefined for any other text. */
export const issuerOfWord = (word: string): string | undefined =>
  Object.entries(identityProviders).find(([each]) => each === word)?.[1]
