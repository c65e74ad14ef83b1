import { closeSync, fstatSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DecisionRecord, writtenDecisionSchema } from '../../domain/gate.ts'
import { parseJson } from '../../domain/json.ts'

const newest = 'decisions.jsonl'
const older = 'decisions.older.jsonl'
/** About 2,000 records; then the file becomes the older one, and the previous older one is removed. */
const maxFile = 4 * 1024 * 1024
const maxRecord = 1024 * 1024

/** The folders whose last line is complete. */
const whole = new Set<string>()

/**
 * Appends a record to `decisions.jsonl` in the folder, as one line of JSON. The folder is created if it is missing
 * (0700); the file is 0600. Of older records at least 4 MB are kept, and at most 8. Throws when it cannot be written.
 * (A workload waits for this: creating a file for each would take ten times as long.)
 */
export function writeDecision(folder: string, record: DecisionRecord): void {
  const file = openRecords(folder)
  try {
    const { size, ino } = fstatSync(file)
    // A line that was cut off, by a full disk or the end of a process, must not swallow this one.
    const line = Buffer.from(`${size === 0 || whole.has(folder) ? '' : '\n'}${JSON.stringify(record)}\n`)
    whole.delete(folder)
    if (writeSync(file, line) !== line.length) throw new Error('the disk is full')
    whole.add(folder)
    if (size + line.length >= maxFile) setAside(folder, ino)
  } finally {
    closeSync(file)
  }
}

function openRecords(folder: string): number {
  const file = join(folder, newest)
  try {
    return openSync(file, 'a', 0o600)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return openSync(file, 'a', 0o600)
  }
}

/** Unless another plugin with the same folder has done it meanwhile. */
function setAside(folder: string, inode: number): void {
  const file = join(folder, newest)
  if (statSync(file, { throwIfNoEntry: false })?.ino === inode) renameSync(file, join(folder, older))
}

/** The records about a container (its full id), oldest first. Malformed lines are skipped. */
export const readDecisions = (folder: string, containerId: string): Promise<readonly DecisionRecord[]> =>
  readRecords(folder, containerId, (record) => record.containerId === containerId)

/** The records about processes that were not proved to live in the container that their cgroup names, oldest first. */
export const readClaims = (folder: string, claimed: string): Promise<readonly DecisionRecord[]> =>
  readRecords(folder, claimed, (record) => record.containerId === null && record.claimedContainerId === claimed)

async function readRecords(
  folder: string,
  id: string,
  counts: (record: DecisionRecord) => boolean,
): Promise<readonly DecisionRecord[]> {
  // In this order, nothing is missed: what is rotated between the two reads is read twice, and the older file begins
  // with it.
  const [now, before] = [await textOf(join(folder, newest)), await textOf(join(folder, older))]
  const records: DecisionRecord[] = []
  for (const line of (before.startsWith(now) ? before : `${before}\n${now}`).split('\n')) {
    if (line.length > maxRecord || !line.includes(id)) continue
    const parsed = writtenDecisionSchema.safeParse(parseJson(line))
    if (parsed.success && counts(parsed.data)) records.push(parsed.data)
  }
  return records.toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
}

const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')
