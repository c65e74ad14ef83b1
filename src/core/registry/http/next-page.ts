import { parseLinks } from './http-fields.ts'

/** Where a list continues; `unknown` when there may be more. */
export type NextPage =
  | { readonly kind: 'last' }
  | { readonly kind: 'next'; readonly url: URL }
  | { readonly kind: 'unknown' }

/**
 * The next page that a Link field names (RFC 8288; OCI distribution spec 1.1, "listing referrers") in the response to a
 * request of `base`. With a field that cannot be read, or that names two next pages, there may be more.
 */
export function nextPage(field: string | null, base: URL): NextPage {
  const links = parseLinks(field ?? '')
  if (links === undefined) return { kind: 'unknown' }
  const targets = new Set(
    links
      // A link with a context of its own (`anchor`) is not about this list.
      .filter(({ parameters }) => isNext(parameters.get('rel') ?? '') && !parameters.has('anchor'))
      .map(({ target }) => target),
  )
  const [target, ...more] = targets
  if (target === undefined) return { kind: 'last' }
  if (more.length > 0 || !URL.canParse(target, base.href)) return { kind: 'unknown' }
  return { kind: 'next', url: new URL(target, base) }
}

/** Relation types are a list, compared without case. */
const isNext = (types: string): boolean => types.toLowerCase().split(/\s+/).includes('next')
