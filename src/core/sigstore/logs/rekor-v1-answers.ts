import * as z from 'zod'
import { parseJson } from '../../domain/json.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { type AskHow, ask, below } from './ask.ts'
import { entryCount } from './entry-count.ts'

// github.com/sigstore/rekor, openapi.yaml: LogEntry, LogInfo, ConsistencyProof.
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().min(0)
const tree = z.string().regex(/^[1-9][0-9]{0,18}$/)
const text = z.string().max(8 * 1024)

const entry = z.object({
  body: z.base64(),
  integratedTime: count,
  logID: hash,
  logIndex: count,
  verification: z.object({
    inclusionProof: z.object({ checkpoint: text, hashes: z.array(hash).max(64), logIndex: count }),
    signedEntryTimestamp: z.base64().max(2000),
  }),
})
const entries = z.record(z.string().regex(/^(?:[0-9a-f]{16})?[0-9a-f]{64}$/), entry)

const shard = z.object({ treeID: tree, treeSize: count, signedTreeHead: text })
const logInfo = shard.extend({ inactiveShards: z.array(shard).max(1000).nullish() })

const consistency = z.object({ hashes: z.array(hash).max(64) })

const failure = z.object({ code: z.int(), message: z.string() })

/** An entry as the log returns it. */
export interface AnsweredEntry {
  readonly uuid: string
  readonly entry: z.output<typeof entry>
}
/** The shard of a log, as the log reports it. */
export type AnsweredShard = z.output<typeof shard>

/**
 * Why there is no result: the log says that it has no such thing, or that it does not serve it; or the response could
 * not be read.
 */
export interface NoAnswer {
  readonly why: 'absent' | 'not-served' | 'unreadable'
  readonly found: string
}

// A response may hold an attestation too, of 100 KiB by default.
const longest = 4 * 1024 * 1024

/** Requests an entry from a Rekor v1, by `logIndex=…` or by its UUID. */
export async function askEntry(
  url: string,
  by: { readonly index: string } | { readonly uuid: string },
  how: AskHow,
): Promise<Result<AnsweredEntry, NoAnswer>> {
  const path = 'index' in by ? `?logIndex=${by.index}` : `/${by.uuid}`
  const answer = await askJson(below(url, `api/v1/log/entries${path}`), entries, how)
  if (!answer.ok) return answer
  const [first, ...more] = Object.entries(answer.value)
  if (first === undefined || more.length > 0) {
    return err({ why: 'unreadable', found: entryCount(Object.keys(answer.value).length) })
  }
  return ok({ uuid: first[0], entry: first[1] })
}

/** Requests the shards of a Rekor v1, the oldest first and the active one last. */
export async function askShards(url: string, how: AskHow): Promise<Result<readonly AnsweredShard[], NoAnswer>> {
  const answer = await askJson(below(url, 'api/v1/log'), logInfo, how)
  return answer.ok ? ok([...(answer.value.inactiveShards ?? []), answer.value]) : answer
}

/** Requests the hashes that prove one tree of a shard to be a prefix of another. */
export async function askConsistency(
  url: string,
  between: { readonly treeId: string; readonly first: string; readonly last: string },
  how: AskHow,
): Promise<Result<readonly string[], NoAnswer>> {
  const { treeId, first, last } = between
  const path = `api/v1/log/proof?firstSize=${first}&lastSize=${last}&treeID=${treeId}`
  const answer = await askJson(below(url, path), consistency, how)
  return answer.ok ? ok(answer.value.hashes) : answer
}

/** Rekor's response for a disabled part of its API (cmd/rekor-server, enabled_api_endpoints). */
const notImplemented = 501

async function askJson<S extends z.ZodType>(url: URL, schema: S, how: AskHow): Promise<Result<z.output<S>, NoAnswer>> {
  const answer = await ask(url, longest, how)
  if (!answer.ok) return err({ why: 'unreadable', found: answer.error.found })
  const { status, body } = answer.value
  const json = parseJson(body.toString('utf8'))
  if (status !== 200) {
    // Rekor's own "not found"; another server at this address would phrase it differently.
    const said = failure.safeParse(json)
    const absent = status === 404 && said.success && said.data.code === 404
    const why = absent ? 'absent' : status === notImplemented ? 'not-served' : 'unreadable'
    return err({ why, found: `HTTP ${status}${said.success ? `: ${said.data.message.slice(0, 200)}` : ''}` })
  }
  const read = schema.safeParse(json)
  if (read.success) return ok(read.data)
  const [issue] = read.error.issues
  const place = (issue?.path ?? []).map((part) => String(part).slice(0, 100)).join('.')
  return err({ why: 'unreadable', found: `an answer of another form${place === '' ? '' : ` at ${place}`}` })
}
