import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { arch } from 'node:os'
import { basename, join } from 'node:path'
import { err, ok, type Result } from '../../domain/result.ts'
import type { Program, ReleaseCheck } from '../lock-file.ts'
import type { ReachableHosts } from '../setup/reachable-hosts.ts'
import type { SourceProgress } from '../setup/setup-event.ts'
import type { ToolId } from '../tool.ts'
import { checksumOf } from './checksum-file.ts'
import { download } from './download.ts'
import { extractMembers } from './extract.ts'
import { verifyPublisher } from './publisher-bundle.ts'
import type { Obtained } from './source.ts'

const maxProofBytes = 1024 * 1024

export interface ReleaseOptions {
  /** An empty or new folder for this program; partial downloads stay in it. */
  readonly folder: string
  readonly reachable: ReachableHosts
  readonly stallMs: number
  readonly signal?: AbortSignal
  readonly onProgress: (progress: SourceProgress) => void
}

/** Downloads a program's release asset and checks it as its lock says. A file that fails the check is removed. */
export async function fromRelease(program: Program, options: ReleaseOptions): Promise<Result<Obtained, string>> {
  const { release } = program
  const machine = { x64: 'amd64', arm64: 'arm64' }[arch()]
  if (release === undefined) return err('its publisher makes no release for this program')
  if (machine === undefined) return err(`the release has no file for ${arch()}`)
  const fill = (text: string): string => text.replaceAll('{version}', program.version).replaceAll('{arch}', machine)
  const url = fill(release.asset)
  const unreachable = await options.reachable(url)
  if (unreachable !== undefined) return err(unreachable)
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const asset = join(options.folder, basename(new URL(url).pathname))
  const limits = { stallMs: options.stallMs, ...(options.signal ? { signal: options.signal } : {}) }
  const got = await download({
    url,
    file: asset,
    maxBytes: release.maxMiB * 1024 * 1024,
    ...limits,
    onProgress: (done, total) => options.onProgress({ kind: 'bytes', done, total }),
  })
  if (!got.ok) return got
  const proof = `${asset}.proof`
  const checked = await check(release.check, { asset, sha256: got.value.sha256, proof, machine, fill, limits })
  await rm(proof, { force: true })
  if (!checked.ok) {
    await rm(asset, { force: true })
    return err(`refused: ${checked.error}`)
  }
  return takeTools(program, asset, checked.value, options)
}

interface Candidate {
  readonly asset: string
  readonly sha256: string
  readonly proof: string
  readonly machine: string
  readonly fill: (text: string) => string
  readonly limits: { stallMs: number; signal?: AbortSignal }
}

/** Why the asset is trusted, or why it is refused. */
async function check(check: ReleaseCheck, candidate: Candidate): Promise<Result<string, string>> {
  const { asset, sha256, fill } = candidate
  if (check.kind === 'sha256') {
    const expected = candidate.machine === 'amd64' ? check.sha256.amd64 : check.sha256.arm64
    if (expected === undefined) return err(`no hash is known for ${candidate.machine}`)
    return expected === sha256
      ? ok('Its SHA-256 is the one in this project’s lock file.')
      : err(`its SHA-256 is ${sha256}, and ${expected} was expected`)
  }
  const url = fill(check.url)
  const proof = await download({ url, file: candidate.proof, maxBytes: maxProofBytes, ...candidate.limits })
  if (!proof.ok) return err(`what it is checked against cannot be had: ${proof.error}`)
  const text = await readFile(candidate.proof, 'utf8')
  if (check.kind === 'publisher-bundle') {
    const publisher = { subject: fill(check.subject), issuer: check.issuer }
    const verified = verifyPublisher(text, await readFile(asset), publisher)
    return verified.ok ? ok(`Its publisher’s Sigstore bundle verifies: signed by ${publisher.subject}.`) : verified
  }
  const expected = checksumOf(text, basename(asset))
  if (!expected.ok) return expected
  return expected.value === sha256
    ? ok('It matches the checksum file of the same release, and that is all: no one signed it.')
    : err(`its SHA-256 is ${sha256}, and the checksum file says ${expected.value}`)
}

/** The tools in the checked asset: the asset itself, or members of it. The asset is used up. */
async function takeTools(
  program: Program,
  asset: string,
  trust: string,
  options: ReleaseOptions,
): Promise<Result<Obtained, string>> {
  const files = new Map<ToolId, string>()
  const members = new Map<string, string>()
  for (const { id, archived } of program.tools) {
    const target = join(options.folder, `${id}.new`)
    await rm(target, { force: true })
    files.set(id, target)
    if (archived !== undefined) members.set(archived, target)
  }
  const [only] = files.values()
  if (members.size === 0 && only !== undefined) {
    await rename(asset, only)
    return ok({ files, trust })
  }
  const extracted = await extractMembers(asset, members, options.signal)
  if (!extracted.ok) return extracted
  await rm(asset, { force: true })
  return ok({ files, trust })
}
