import { isObject, parseJson } from '../../src/core/domain/json.ts'
import { withCurrentKeys } from '../../src/core/domain/renamed-keys.ts'
import { renamedProfileKeys } from '../../src/core/workflow/profile.ts'

/**
 * The content of a profile form: every value as text, also for choices that are not active, so that nothing typed is
 * lost.
 */
export type Draft = Readonly<Record<FieldId, string>>

export type FieldId = keyof typeof empty

/** A form in which nothing has been typed. */
export const empty = {
  schema: '',
  title: '',
  public: 'no',
  where: 'named',
  signingConfig: '',
  fulcio: '',
  rekor: '',
  rekorVersion: '2',
  timestampAuthority: '',
  root: 'file',
  rootFile: '',
  tufMirror: '',
  tufRoot: '',
  issuer: '',
  signerIssuer: '',
  subject: '',
  host: '',
  repository: '',
  plainHttp: 'no',
  caFile: '',
  servicesCaFile: '',
  clientId: '',
  secretVariable: '',
  secretFile: '',
  redirectUrl: '',
  loginFlow: 'browser',
  connector: '',
  credentials: 'none',
  dockerConfig: '',
  spire: 'ours',
  agentSocket: '',
  decisions: '',
  server: '',
  joinToken: '',
  trustDomain: '',
  trustBundle: '',
  parentId: '',
}

/** Where a value stands in the file. `needed`: also when it is empty, so that the check reports it. */
interface Place {
  readonly id: FieldId
  readonly path: string
  readonly needed: boolean
  /** Whether it belongs in the file, given the choices. */
  readonly when: (draft: Draft) => boolean
}

const always = (): boolean => true
const place = (id: FieldId, path: string, when: Place['when'] = always, needed = true): Place => ({
  id,
  path,
  needed,
  when,
})
const maybe = (id: FieldId, path: string, when: Place['when'] = always): Place => place(id, path, when, false)

const byConfig = ({ where }: Draft): boolean => where === 'config'
const named = (draft: Draft): boolean => !byConfig(draft)
const byTuf = ({ root }: Draft): boolean => root === 'tuf'
const existing = ({ spire }: Draft): boolean => spire !== 'ours'
const inBrowser = ({ loginFlow }: Draft): boolean => loginFlow === 'browser'
const byAgent = ({ spire }: Draft): boolean => spire === 'agent'
const byServer = ({ spire }: Draft): boolean => spire === 'server'

/** The values that are texts, in the order in which they stand in the file. */
const places: readonly Place[] = [
  maybe('schema', '$schema'),
  place('title', 'title'),
  place('rootFile', 'sigstore.trustedRoot', (draft) => !byTuf(draft)),
  place('tufMirror', 'sigstore.trustedRoot.tuf.mirror', byTuf),
  maybe('tufRoot', 'sigstore.trustedRoot.tuf.root', byTuf),
  maybe('servicesCaFile', 'sigstore.caFile'),
  place('signingConfig', 'sigstore.signingConfig', byConfig),
  place('fulcio', 'sigstore.fulcio.url', named),
  place('rekor', 'sigstore.rekor.url', named),
  maybe('timestampAuthority', 'sigstore.timestampAuthority.url', named),
  place('issuer', 'issuer'),
  place('signerIssuer', 'signer.issuer'),
  place('subject', 'signer.subject'),
  maybe('clientId', 'login.clientId'),
  maybe('secretVariable', 'login.clientSecret.variable', inBrowser),
  maybe('secretFile', 'login.clientSecret.file', inBrowser),
  maybe('redirectUrl', 'login.redirectUrl'),
  maybe('connector', 'login.connector', inBrowser),
  place('host', 'registry.host'),
  place('repository', 'registry.repository'),
  maybe('caFile', 'registry.caFile'),
  place('dockerConfig', 'registry.credentials.dockerConfig', ({ credentials }) => credentials === 'file'),
  place('agentSocket', 'spire.agentSocket', byAgent),
  place('decisions', 'spire.decisions', byAgent),
  place('server', 'spire.server', byServer),
  place('joinToken', 'spire.joinToken', byServer),
  place('trustDomain', 'spire.trustDomain', existing),
  place('trustBundle', 'spire.trustBundle', existing),
  place('parentId', 'spire.parentId', existing),
]

/** The choices: what the file says for each; null if it then says nothing. */
const choices: readonly {
  readonly id: FieldId
  readonly path: string
  readonly when?: Place['when']
  readonly says: Readonly<Record<string, string | number | boolean | null>>
}[] = [
  { id: 'public', path: 'public', says: { yes: true, no: null } },
  { id: 'rekorVersion', path: 'sigstore.rekor.version', when: named, says: { 1: 1, 2: 2 } },
  { id: 'loginFlow', path: 'login.flow', says: { browser: null, device: 'device' } },
  { id: 'plainHttp', path: 'registry.plainHttp', says: { yes: true, no: null } },
  { id: 'credentials', path: 'registry.credentials', says: { docker: 'docker', none: null, file: null } },
  { id: 'spire', path: 'spire', says: { ours: null, server: null, agent: null } },
]

/** Whether a value belongs in the file, given a form's choices. */
export const isAsked = (draft: Draft, id: FieldId): boolean =>
  [...places, ...choices].find((each) => each.id === id)?.when?.(draft) ?? true

/** The file that a form describes. */
export function textOfDraft(draft: Draft): string {
  const file: Tree = {}
  for (const { id, path, needed, when } of places) {
    const value = draft[id].trim()
    if (when(draft) && (needed || value !== '')) put(file, path, value)
    if (id === 'title') put(file, 'kind', 'services')
  }
  for (const { id, path, when, says } of choices) {
    const value = says[draft[id]] ?? null
    if (value !== null && when?.(draft) !== false) put(file, path, value)
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

type Leaf = string | number | boolean
interface Tree {
  [key: string]: Tree | Leaf
}

function put(tree: Tree, path: string, value: Leaf): void {
  const [key = '', ...rest] = path.split('.')
  if (rest.length === 0) {
    tree[key] = value
    return
  }
  const below = tree[key]
  const branch: Tree = typeof below === 'object' ? below : {}
  tree[key] = branch
  put(branch, rest.join('.'), value)
}

/** The form of a file, with `before` for what the file leaves out; or why a form cannot show all of it. */
export function draftOfText(text: string, before: Draft): { readonly draft: Draft } | { readonly why: string } {
  const file = parseJson(text)
  if (file === undefined) return { why: 'This is not JSON yet, so a form cannot show it.' }
  const current = withCurrentKeys(file, renamedProfileKeys)
  if (!current.ok) return { why: `${current.error}.` }
  const { value } = current.value
  if (!isObject(value) || value['kind'] !== 'services') {
    return { why: 'A form shows only an object with "kind": "services".' }
  }
  const { kind: _, ...settings } = value
  const leaves = leavesOf(settings)
  const found = new Map<FieldId, string>()
  for (const { id, path } of places) {
    const value = leaves.get(path)
    if (typeof value !== 'string' || (path === 'registry.credentials' && value === 'docker')) continue
    found.set(id, value)
    leaves.delete(path)
  }
  for (const { id, path, says } of choices) {
    const value = leaves.get(path)
    // What a file omits, or states as its default, is the choice that writes nothing.
    const plain = value === false || value === 'ours' || value === 'browser'
    const chosen = Object.keys(says).find((each) => says[each] === (plain ? null : (value ?? null)))
    if (chosen === undefined) continue
    found.set(id, chosen)
    leaves.delete(path)
  }
  if (leaves.size > 0) return { why: `The form has no field for this: ${[...leaves.keys()].join(', ')}.` }
  if (found.has('dockerConfig')) found.set('credentials', 'file')
  found.set('where', found.has('signingConfig') ? 'config' : 'named')
  found.set('root', found.has('tufMirror') || found.has('tufRoot') ? 'tuf' : 'file')
  found.set('spire', found.has('agentSocket') || found.has('decisions') ? 'agent' : spireOf(found))
  const cleared = Object.fromEntries(places.filter(({ when }) => when(before)).map(({ id }) => [id, '']))
  return { draft: { ...before, ...cleared, ...Object.fromEntries(found) } }
}

const spireOf = (found: ReadonlyMap<FieldId, string>): string =>
  (['server', 'joinToken', 'trustDomain', 'trustBundle', 'parentId'] as const).some((id) => found.has(id))
    ? 'server'
    : 'ours'

/** No value that the form shows is below more objects. */
const deepest = 4

/** Every value of an object by its path. What the form cannot show stands under its path as it is: a list, `{}`. */
function leavesOf(value: Readonly<Record<string, unknown>>, above: readonly string[] = []): Map<string, unknown> {
  const leaves = new Map<string, unknown>()
  for (const [key, each] of Object.entries(value)) {
    const path = [...above, key]
    const branch = isObject(each) && Object.keys(each).length > 0 && path.length < deepest
    if (!branch) leaves.set(path.join('.'), each)
    else for (const [deep, leaf] of leavesOf(each, path)) leaves.set(deep, leaf)
  }
  return leaves
}

/** What is wrong with a profile: per field, and in general. */
export interface Problems {
  readonly at: Readonly<Partial<Record<FieldId, string>>>
  readonly others: readonly string[]
}

/** The problems in a refusal, `place: what is wrong; place: …`, each at its field. */
export function problemsOf(found: string, draft: Draft): Problems {
  const at: Partial<Record<FieldId, string>> = {}
  const others: string[] = []
  for (const problem of found.split('; ')) {
    const [, path, says] = /^([\w$.]+): (.*)$/.exec(problem) ?? []
    const field = path === undefined ? undefined : fieldAt(path, draft)
    if (field === undefined || says === undefined) others.push(problem)
    else at[field] ??= draft[field].trim() === '' && isNeeded(field) ? 'This is needed.' : says
  }
  return { at, others }
}

const isNeeded = (id: FieldId): boolean => places.find((each) => each.id === id)?.needed ?? false

function fieldAt(path: string, draft: Draft): FieldId | undefined {
  const shown = places.filter(({ when }) => when(draft))
  const exactly = [...shown, ...choices].find((each) => each.path === path)
  return (exactly ?? shown.find((each) => each.path.startsWith(`${path}.`)))?.id
}

/** A name derived from a title: lower-case letters, digits and hyphens. */
export const nameFor = (title: string): string =>
  title
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
