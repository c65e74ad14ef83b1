import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'
import { parseJson } from '../../domain/json.ts'
import { readRegularText } from '../../files/read-regular.ts'
import type { Program } from '../lock-file.ts'
import { type ToolId, toolIds } from '../tool.ts'
import { type Inspections, inspectionsSchema } from './inspect.ts'

const entrySchema = z.object({
  source: z.enum(['release', 'Debian package', 'Go build']),
  trust: z.string(),
  files: z.partialRecord(
    z.enum(toolIds),
    z.object({ name: z.string().regex(/^[a-z][a-z0-9-]*$/), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
})

/** What was obtained for a program, and why it is trusted. Stored beside the binaries. */
export type CacheEntry = z.infer<typeof entrySchema>

/** Our cache of external programs: one folder per program and version, published by one rename. */
export interface ToolCache {
  readonly folder: string
  /** For downloads, builds and incomplete entries. */
  readonly work: string
  readonly entryFolder: (program: Program, wanted: string) => string
  readonly read: (program: Program, wanted: string) => Promise<CacheEntry | undefined>
  /** Moves the files into a new entry and publishes it. An earlier entry is replaced. */
  readonly publish: (
    program: Program,
    wanted: string,
    entry: CacheEntry,
    files: ReadonlyMap<ToolId, string>,
  ) => Promise<void>
  /** Moves away, by one rename, everything that was only needed to build programs. */
  readonly discardWork: () => Promise<void>
  /** What was moved away and is not removed yet. */
  readonly trash: () => Promise<string[]>
  readonly loadInspections: () => Promise<Inspections>
  readonly saveInspections: (known: Inspections) => Promise<void>
}

const trashPrefix = 'trash-'
const noteRules = { maxBytes: 1024 * 1024, noFollow: true, protected: true }

/** The tool cache below a cache folder. Creates nothing until something is written. */
export function toolCache(cacheFolder: string): ToolCache {
  const folder = join(cacheFolder, 'tools')
  const work = join(cacheFolder, 'work')
  const inspectionsFile = join(folder, 'inspections.json')
  const entryFolder = (program: Program, wanted: string): string => join(folder, `${program.name}-${wanted}`)
  return {
    folder,
    work,
    entryFolder,
    read: async (program, wanted) => {
      const text = readRegularText(join(entryFolder(program, wanted), 'entry.json'), noteRules)
      return text.ok ? parse(text.value, entrySchema) : undefined
    },
    publish: async (program, wanted, entry, files) => {
      const staging = join(work, `entry-${randomUUID()}`)
      await mkdir(staging, { recursive: true, mode: 0o700 })
      for (const [id, file] of files) {
        const target = join(staging, entry.files[id]?.name ?? basename(file))
        await rename(file, target)
        await chmod(target, 0o755)
      }
      await writeFile(join(staging, 'entry.json'), `${JSON.stringify(entry, null, 2)}\n`)
      const published = entryFolder(program, wanted)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await rm(published, { recursive: true, force: true })
      await rename(staging, published)
    },
    discardWork: async () => {
      await rename(work, join(cacheFolder, `${trashPrefix}${randomUUID()}`)).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
      })
    },
    trash: async () => {
      const names = await readdir(cacheFolder).catch(() => [])
      return names.filter((name) => name.startsWith(trashPrefix)).map((name) => join(cacheFolder, name))
    },
    loadInspections: async () => {
      const text = readRegularText(inspectionsFile, noteRules)
      // Garbage here costs a hash and a run, nothing else.
      return new Map(Object.entries(text.ok ? (parse(text.value, inspectionsSchema) ?? {}) : {}))
    },
    saveInspections: async (known) => {
      const text = `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`
      const before = await readFile(inspectionsFile, 'utf8').catch(() => undefined)
      if (text === before) return
      // A failed write costs a hash and a run the next time, nothing else.
      await mkdir(folder, { recursive: true, mode: 0o700 })
        .then(() => writeFileAtomic(inspectionsFile, text))
        .catch(() => undefined)
    },
  }
}

const parse = <T>(text: string, schema: z.ZodType<T>): T | undefined => schema.safeParse(parseJson(text)).data
