import { closeSync, fstatSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DecisionRecord, writtenDecisionSchema } from '../../domain/gate.ts'

const newest = 'decisions.jsonl'
const older = 'decisions.older.jsonl'
/** Some 2,000 records; then the file becomes the older one, and the older one is forgotten. */
const maxFile = 4 * 1024 * 1024
const maxRecord = 1024 * 1024

/** The folders in which what was written last ends with its line. */
const whole = new Set<string>()

/**
 * Appends a record to `decisions.jsonl` in the folder, as one line of JSON. The folder is made when it is missing (0700);
 * the file is 0600. Of older ones at least 4 MB are kept, and at most 8. Throws when it cannot be written. (A workload
 * waits for this: making a file for each would take ten times as long.)
 */
export function writeDecision(folder: string, record: DecisionRecord): void {
  const file = openRecords(folder)
  try {
    const { size, ino } = fstatSync(file)
    // A line that was cut off, by a full disk or the end of a process, is not to swallow this one.
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

/** Unless another plugin with the same folder did it meanwhile. */
function setAside(folder: string, inode: number): void {
  const file = join(folder, newest)
  if (statSync(file, { throwIfNoEntry: false })?.ino === inode) renameSync(file, join(folder, older))
}

/** The records about a container (its full id), oldest first. Lines that are no records are passed over. */
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
  // In this order, nothing is missed: what is set aside between the two is read twice, and the older one begins with it.
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
