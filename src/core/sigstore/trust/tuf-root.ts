import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Updater } from 'tuf-js'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'
import { appError } from '../../domain/app-error.ts'
import { parseJson } from '../../domain/json.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { umaskOfUsers } from '../../files/protected-path.ts'
import { readRegularText } from '../../files/read-regular.ts'
import { readTrustMaterial } from './trust-material.ts'
import { TufFetcher } from './tuf-fetcher.ts'

/** Where a trusted root comes from by TUF (theupdateframework.github.io/specification, "client workflow"). */
export interface TufRepository {
  /** Base URL of the metadata; the targets lie below `targets/`. */
  readonly mirror: string
  /** The root metadata (JSON) that trust starts from. The repository's newer ones are followed from there. */
  readonly initialRoot: string
  /** Folder for verified files, created when it is missing (0700). Several repositories may share it. */
  readonly cache: string
  /** A CA file (PEM) that is trusted for the mirror in addition to the CAs that this machine knows. */
  readonly caFile?: string | undefined
}

export interface TufTrustedRoot {
  /** The Sigstore trusted root, as the repository signed it. */
  readonly json: string
  /** When the repository was last contacted and everything in its response verified. ISO 8601, UTC. */
  readonly confirmedAt: string
  /** From then on it is not used: the earliest expiry of the signed metadata. ISO 8601, UTC. */
  readonly expires: string
}

/** The TUF repository of the public Sigstore (github.com/sigstore/root-signing). */
export const publicMirror = 'https://tuf-repo-cdn.sigstore.dev'

const maxKept = 16 * 1024 * 1024
const target = 'trusted_root.json'
const roles = ['root', 'timestamp', 'snapshot', 'targets'] as const

const kept = z.object({ json: z.string(), confirmedAt: z.iso.datetime(), expires: z.iso.datetime() })
const signedPart = z.object({ signed: z.object({ _type: z.string(), expires: z.iso.datetime() }) })

/**
 * The trusted root as it was last fetched, without network. An error when there is none, or its metadata have expired:
 * an attacker who blocks the network must not be able to keep an old root in use.
 */
export async function keptTrustedRoot(repository: TufRepository): Promise<Result<TufTrustedRoot>> {
  const text = readRegularText(keptFile(folderOf(repository)), {
    maxBytes: maxKept,
    protected: true,
    privateGroup: umaskOfUsers,
  })
  const found = kept.safeParse(parseJson(text.ok ? text.value : ''))
  if (!found.success) return err(unusable(repository, 'a trusted root that was fetched before', 'none'))
  const expired = expiry(repository, found.data)
  return expired === undefined ? ok(found.data) : expired
}

/** An error when the metadata of a trusted root have expired by now; nothing otherwise. */
export function expiry(repository: TufRepository, root: TufTrustedRoot): Result<never> | undefined {
  if (Date.parse(root.expires) > Date.now()) return undefined
  const found = `metadata that ended at ${root.expires}, confirmed last at ${root.confirmedAt}`
  return err(unusable(repository, 'TUF metadata that have not expired', found))
}

/**
 * Fetches the repository's newest trusted root and stores it. Signatures, versions (no rollback), lengths, hashes and
 * expiry are checked by tuf-js. On an error what was stored before is still there.
 */
export async function fetchTrustedRoot(
  repository: TufRepository,
  signal: AbortSignal,
): Promise<Result<TufTrustedRoot>> {
  const folder = folderOf(repository)
  const fetcher = new TufFetcher(signal, repository.caFile)
  try {
    await mkdir(join(folder, 'targets'), { recursive: true, mode: 0o700 })
    const updater = await updaterIn(folder, repository, fetcher)
    await updater.refresh()
    const info = await updater.getTargetInfo(target)
    if (info === undefined) return err(refused(repository, `a target ${target}`, 'none'))
    const file = (await updater.findCachedTarget(info)) ?? (await updater.downloadTarget(info))
    const json = await readFile(file, 'utf8')
    const readable = readTrustMaterial(json)
    if (!readable.ok) return readable
    const root = { json, confirmedAt: new Date().toISOString(), expires: await firstEnd(folder) }
    await writeFileAtomic(keptFile(folder), JSON.stringify(root), { mode: 0o600 })
    return ok(root)
  } catch (error) {
    if (fetcher.failure !== undefined) return err(unreachable(repository, fetcher.failure, fetcher.remedy))
    return err(refused(repository, 'metadata that stand up', error instanceof Error ? error.message : 'unknown'))
  }
}

/** Whether a text can be initial root metadata. */
export const isRootMetadata = (text: string): boolean =>
  signedPart.safeParse(parseJson(text)).data?.signed._type === 'root'

// Another initial root is another trust: nothing that was stored under the one counts under the other.
function folderOf({ mirror, initialRoot, cache }: TufRepository): string {
  const name = createHash('sha256')
    .update(JSON.stringify([mirror, initialRoot]))
    .digest('hex')
  return join(cache, name.slice(0, 32))
}

const keptFile = (folder: string): string => join(folder, 'trusted-root.json')

async function updaterIn(folder: string, { mirror, initialRoot }: TufRepository, fetcher: TufFetcher) {
  const rootFile = join(folder, 'root.json')
  const make = (): Updater =>
    new Updater({
      metadataBaseUrl: mirror,
      targetBaseUrl: `${mirror.replace(/\/$/, '')}/targets`,
      metadataDir: folder,
      targetDir: join(folder, 'targets'),
      fetcher,
    })
  try {
    return make()
  } catch {
    // Nothing there yet, or a file truncated by a crash: the initial root again, from which the repository leads on.
    await writeFile(rootFile, initialRoot, { mode: 0o600 })
    return make()
  }
}

/** The earliest expiry of the top-level metadata. The files were verified just before. */
async function firstEnd(folder: string): Promise<string> {
  const ends = await Promise.all(
    roles.map(async (role) => {
      const { signed } = signedPart.parse(JSON.parse(await readFile(join(folder, `${role}.json`), 'utf8')))
      return Date.parse(signed.expires)
    }),
  )
  return new Date(Math.min(...ends)).toISOString()
}

const unusable = ({ mirror }: TufRepository, expected: string, found: string) =>
  appError(
    'sigstore.tuf-unusable',
    `There is no trusted root of ${mirror} that may be used.`,
    `Let this machine reach ${mirror}.`,
    { expected, found },
  )

const unreachable = ({ mirror }: TufRepository, found: string, remedy = `Let this machine reach ${mirror}.`) =>
  appError('sigstore.tuf-unreachable', `The TUF repository ${mirror} could not be asked.`, remedy, {
    expected: 'its newest metadata',
    found,
  })

const refused = ({ mirror }: TufRepository, expected: string, found: string) =>
  appError(
    'sigstore.tuf-refused',
    `What the TUF repository ${mirror} says is not accepted.`,
    'Ask who runs it; metadata that expired, went back or are signed by others are what TUF protects from.',
    { expected, found: found.slice(0, 400) },
  )
