import * as z from 'zod'
import { nearestWord } from './nearest-word.ts'

// More than our forms have fields: each shows its own problem.
const maxProblems = 40
const maxUnknownKeys = 5

/**
 * What is wrong with a refused configuration, in words, each problem with its place: an unknown key with the nearest
 * known one, a value with what it should be. The values themselves are not repeated: one may be a secret. The sentence
 * is short whatever the file holds.
 */
export function configProblems(schema: z.ZodType, error: z.ZodError): string {
  const published: object = z.toJSONSchema(schema, { io: 'input' })
  const shown = error.issues.slice(0, maxProblems).map((issue) => sentence(published, issue))
  const more = error.issues.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

/**
 * An issue in words. If a value may have several forms, it is about the intended one: the kind of value decides which.
 */
function sentence(schema: SchemaNode, issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): string {
  const path = [...above, ...issue.path]
  const place = path.map(String).join('.').slice(0, 200)
  if (issue.code === 'invalid_union') {
    const meant = issue.errors.find(
      ([first]) => first !== undefined && !(first.code === 'invalid_type' && first.path.length === 0),
    )
    return meant === undefined
      ? `${place}: neither of the forms that it may have`
      : meant
          .slice(0, maxProblems)
          .map((each) => sentence(schema, each, path))
          .join('; ')
  }
  if (issue.code !== 'unrecognized_keys') return `${place === '' ? 'it' : place}: ${issue.message}`
  // A key that only another form has is not the one that was meant.
  const known = keysAt(schema, path).filter((key) => !issue.keys.includes(key))
  const shown = issue.keys.slice(0, maxUnknownKeys).map((key) => {
    const nearest = nearestWord(key, known)
    const hint = nearest === undefined ? '' : ` Is "${nearest}" meant?`
    // A malformed key is not from a configuration, and could be anything.
    const name = /^[A-Za-z$][A-Za-z0-9_-]{0,40}$/.test(key) ? key : '(a key that is no name)'
    return `${[...path.map(String), name].join('.').slice(0, 200)}: this key is not known.${hint}`
  })
  const more = issue.keys.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more keys that are not known`] : [])].join('; ')
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  /** The forms that a value may have. */
  readonly anyOf?: readonly SchemaNode[]
  readonly oneOf?: readonly SchemaNode[]
}

/** The keys that are known at a place of the configuration, in any of its forms. */
function keysAt(schema: SchemaNode, path: readonly PropertyKey[]): readonly string[] {
  const nodes = path.reduce<readonly SchemaNode[]>(
    (at, step) =>
      at
        .flatMap(formsOf)
        .flatMap((node) => (typeof step === 'number' ? node.items : node.properties?.[String(step)]) ?? []),
    [schema],
  )
  return nodes.flatMap(formsOf).flatMap(({ properties }) => Object.keys(properties ?? {}))
}

const formsOf = (node: SchemaNode): readonly SchemaNode[] => [
  node,
  ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap(formsOf),
]
