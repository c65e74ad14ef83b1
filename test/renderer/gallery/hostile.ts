/** Fields whose text comes from outside: from tools, registries, certificates, profiles and people. */
const foreign = new Set(
  [
    'what found expected remedy detail text lastLines label title name program code version serverVersion agentVersion',
    'subject issuer secondIssuer repository tag registry fulcio rekor ctLog timestampAuthority trustedRoot origin files',
    'containerName socket selectors argv nodeAlias trustDomain spiffeId agentId parentId entryId',
    'cache target file bundleFile host place value',
  ].flatMap((names) => names.split(' ')),
)
/** Names that the page compares with its own. */
const known = new Set(['sandbox', 'public'])

/** Right-to-left override: the text after it is drawn backwards where it is obeyed. */
const override = '\u202e'

/** The same data with an override in every text from outside. */
export function hostile<T>(data: T): T {
  return planted(data, false) as T
}

function planted(data: unknown, isForeign: boolean): unknown {
  if (typeof data === 'string') return isForeign ? `${data.slice(0, 1)}${override}${data.slice(1)}` : data
  if (Array.isArray(data)) return data.map((each) => planted(each, isForeign))
  if (typeof data !== 'object' || data === null) return data
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      const own = foreign.has(key) && !(typeof value === 'string' && (value === '' || known.has(value)))
      return [key, planted(value, own)]
    }),
  )
}
