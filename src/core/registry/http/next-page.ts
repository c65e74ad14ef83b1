import { parseLinks } from './http-fields.ts'

/** Where a list continues; `unknown` when there may be more. */
export type NextPage =
  | { readonly kind: 'last' }
  | { readonly kind: 'next'; readonly url: URL }
  | { readonly kind: 'unknown' }

/**
 * The next page that a Link field names (RFC 8288; OCI distribution spec 1.1, "listing referrers") in the response to a
 * request of `base`. With a field that cannot be read, a link that does not say what it is, or two next pages, there
 * may be more.
 */
export function nextPage(field: string | null, base: URL): NextPage {
  const links = parseLinks(field ?? '')?.filter(({ parameters }) => isAbout(base, parameters.get('anchor')))
  if (links === undefined || links.some(({ parameters }) => isUnclear(parameters.get('rel'))))
    return { kind: 'unknown' }
  const targets = new Set(
    links.filter(({ parameters }) => typesIn(parameters.get('rel')).includes('next')).map(({ target }) => target),
  )
  const [target, ...more] = targets
  if (target === undefined) return { kind: 'last' }
  if (more.length > 0 || !URL.canParse(target, base.href)) return { kind: 'unknown' }
  return { kind: 'next', url: new URL(target, base) }
}

/** Whether a link is about this list: one with a context of its own (`anchor`) is not. */
function isAbout(base: URL, anchor: string | undefined): boolean {
  if (anchor === undefined) return true
  if (!URL.canParse(anchor, base.href)) return false
  const context = new URL(anchor, base)
  context.hash = ''
  return context.href === base.href
}

/** Relation types are a list, compared without case. */
const typesIn = (types: string | undefined): readonly string[] => (types ?? '').toLowerCase().split(/\s+/)

/** No relation type, or one in single quotes, which only look like quotes. */
const isUnclear = (types: string | undefined): boolean => (types ?? '').trim() === '' || types?.includes("'") === true
