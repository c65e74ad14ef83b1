import { z } from 'zod'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { formatSelector, missingSelectors, type Selector } from '../domain/spiffe/selector.ts'
import { type Answered, askServer, type ServerCli, spiffeIdSchema } from './server-cli.ts'

/** A registration entry: which selectors get which SPIFFE ID. */
export interface RegistrationEntry {
  readonly id: string
  readonly spiffeId: string
  readonly parentId: string
  readonly selectors: readonly Selector[]
  readonly svidTtlSeconds: number
}

const entrySchema = z
  .object({
    id: z.string(),
    spiffe_id: spiffeIdSchema,
    parent_id: spiffeIdSchema,
    selectors: z.array(z.object({ type: z.string(), value: z.string() })),
    x509_svid_ttl: z.number(),
  })
  .transform(
    (raw): RegistrationEntry => ({
      id: raw.id,
      spiffeId: raw.spiffe_id,
      parentId: raw.parent_id,
      selectors: raw.selectors,
      svidTtlSeconds: raw.x509_svid_ttl,
    }),
  )

const statusSchema = z.object({ code: z.number(), message: z.string() })

/** The arguments with which `spire-server` creates an entry. */
export const entryArguments = (spec: Omit<RegistrationEntry, 'id'>): readonly string[] => [
  'entry',
  'create',
  '-parentID',
  spec.parentId,
  '-spiffeID',
  spec.spiffeId,
  ...spec.selectors.flatMap((selector) => ['-selector', formatSelector(selector)]),
  '-x509SVIDTTL',
  String(spec.svidTtlSeconds),
]

/** gRPC's code for "already exists". */
const alreadyExists = 6

/**
 * Creates an entry, or finds the one that has the same SPIFFE ID, parent and selectors. The CLI exits with 0 even when
 * the server refused every entry, so the status inside its output is what counts.
 */
export async function createEntry(
  cli: ServerCli,
  spec: Omit<RegistrationEntry, 'id'> & { readonly signal?: AbortSignal },
): Promise<Result<Answered<RegistrationEntry>>> {
  const what = `An entry for ${spec.spiffeId} was to be created.`
  const schema = z.object({ results: z.tuple([z.object({ status: statusSchema, entry: entrySchema.optional() })]) })
  const answer = await askServer(cli, entryArguments(spec), schema, { what, signal: spec.signal })
  if (!answer.ok) return answer
  const { command } = answer.value
  const [{ status, entry }] = answer.value.value.results
  if (status.code === 0 && entry !== undefined) return ok({ value: entry, command })
  if (status.code === alreadyExists) {
    const all = await listEntries(cli, spec.signal)
    if (!all.ok) return all
    const same = all.value.find((entry) => sameEntry(entry, spec))
    if (same !== undefined) return ok({ value: same, command })
  }
  return err(
    appError('spire.entry-refused', what, 'Correct what the server names below.', {
      expected: 'an entry that the server accepts',
      found: `code ${status.code}: ${status.message}`,
      evidence: { command },
    }),
  )
}

/** All entries, in the server's order. */
export async function listEntries(cli: ServerCli, signal?: AbortSignal): Promise<Result<readonly RegistrationEntry[]>> {
  const what = 'The SPIRE server was asked for its entries.'
  const answer = await askServer(cli, ['entry', 'show'], z.object({ entries: z.array(entrySchema) }), { what, signal })
  return answer.ok ? ok(answer.value.value.entries) : answer
}

/** Deletes an entry. A missing one is an error of the server. */
export async function deleteEntry(cli: ServerCli, id: string, signal?: AbortSignal): Promise<Result<void>> {
  const what = `The entry ${id} was to be deleted.`
  const schema = z.object({ results: z.tuple([z.object({ status: statusSchema })]) })
  const answer = await askServer(cli, ['entry', 'delete', '-entryID', id], schema, { what, signal })
  if (!answer.ok) return answer
  const [{ status }] = answer.value.value.results
  if (status.code === 0) return ok(undefined)
  return err(
    appError('spire.entry-refused', what, 'List the entries to see which there are.', {
      expected: 'an entry of that id',
      found: `code ${status.code}: ${status.message}`,
    }),
  )
}

/** Selectors are a set: the server sorts them. */
const sameEntry = (a: Omit<RegistrationEntry, 'id'>, b: Omit<RegistrationEntry, 'id'>): boolean =>
  a.spiffeId === b.spiffeId &&
  a.parentId === b.parentId &&
  missingSelectors(a.selectors, b.selectors).length === 0 &&
  missingSelectors(b.selectors, a.selectors).length === 0
