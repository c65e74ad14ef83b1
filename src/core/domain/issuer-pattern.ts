/**
 * Whether a pattern of Fulcio's configuration (`MetaIssuers`) is about an issuer, as Fulcio matches it (pkg/config,
 * MetaRegex): `*` is one part of a host name or of a path, of letters, digits, `-` and `_`; everything else is itself.
 */
export function matchesIssuerPattern(pattern: string, issuer: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('[-_a-zA-Z0-9]+')}$`).test(issuer)
}
