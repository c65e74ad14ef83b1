import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type Digest, isDigest } from '../domain/digest.ts'
import { type DecisionRecord, type GateRecord, gateIds, signerCheckIds } from '../domain/gate.ts'
import { verdicts } from '../domain/verdict.ts'

const keep = 1_000
const maxRecord = 1024 * 1024
const nameForm = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3}Z_([0-9a-f]{64})_\d+\.json$/

let counter = 0

/**
 * Writes a record into the folder, complete or not at all. The folder is made when it is missing (0700); the file is
 * 0600. Soon afterwards the oldest beyond 1,000 are removed; nobody waits for that. Throws when it cannot be written.
 */
export function writeDecision(folder: string, record: DecisionRecord): void {
  counter += 1
  const name = `${record.at.replaceAll(':', '-')}_${record.containerId}_${process.pid}${String(counter).padStart(6, '0')}.json`
  const file = join(folder, name)
  const text = `${JSON.stringify(record, undefined, 2)}\n`
  // A workload waits for this, and a small file is written sooner than another thread would begin to.
  try {
    writeFileSync(`${file}.new`, text, { mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(`${file}.new`, text, { mode: 0o600 })
  }
  renameSync(`${file}.new`, file)
  prune(folder)
}

/** The folders that will be looked at. */
const waiting = new Set<string>()
const pruneAfterMs = 1_000

/** Removes the oldest records beyond 1,000. Many who write at once share one look into the folder. */
function prune(folder: string): void {
  if (waiting.has(folder)) return
  waiting.add(folder)
  const look = async (): Promise<void> => {
    // Who writes from here on is not seen by this look, and needs one more.
    waiting.delete(folder)
    const names = await recordNames(folder)
    // What cannot be removed now is too many the next time as well. Not `rm`, which asks three times what a file is.
    await Promise.allSettled(names.slice(0, -keep).map((old) => unlink(join(folder, old))))
  }
  setTimeout(() => void look(), pruneAfterMs).unref()
}

/** The records about a container (its full id), oldest first. Files that are no records are passed over. */
export async function readDecisions(folder: string, containerId: string): Promise<readonly DecisionRecord[]> {
  const names = (await recordNames(folder)).filter((name) => nameForm.exec(name)?.[1] === containerId)
  const records: DecisionRecord[] = []
  for (const name of names) {
    // Read and removed at the same time: gone is as good as never there.
    const text = await readFile(join(folder, name), 'utf8').catch(() => '')
    const parsed = schema.safeParse(text.length > maxRecord ? undefined : parseJson(text))
    if (parsed.success) records.push(parsed.data)
  }
  return records
}

// The name begins with the time, so that their order is the records' order.
const recordNames = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder).catch(() => [])).filter((name) => nameForm.test(name)).sort()

const digest = z.custom<Digest>(isDigest, 'not sha256:<hex>')

const check = z.object({
  verdict: z.enum(verdicts),
  expected: z.string(),
  found: z.string(),
  remedy: z.string().exactOptional(),
})

/** A gate as the records hold it. */
export const gateSchema: z.ZodType<GateRecord> = check.extend({
  id: z.enum(gateIds),
  elapsedMs: z.number(),
  checks: z.array(check.extend({ id: z.enum(signerCheckIds) })).exactOptional(),
})

const schema: z.ZodType<DecisionRecord> = z.object({
  version: z.literal(1),
  at: z.string(),
  pid: z.number(),
  containerId: z.string(),
  containerName: z.string().nullable(),
  imageId: z.string().nullable(),
  imageDigest: digest.nullable(),
  skippedRepositories: z.array(z.string()),
  rejectedBundles: z.array(z.object({ digest, reason: z.string() })),
  cached: z.boolean(),
  gates: z.array(gateSchema),
  signatures: z.array(
    z.object({
      signer: z.object({ subject: z.string(), issuer: z.string() }),
      repository: z.string(),
      imageDigest: digest,
      logId: z.string(),
      logIndex: z.string(),
      sourceRepository: z.string().exactOptional(),
    }),
  ),
  answer: z.enum(['selectors', 'none', 'error']),
  selectors: z.array(z.string()),
  elapsedMs: z.number(),
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
