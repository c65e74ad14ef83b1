import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import { coerce, gte } from 'semver'
import { err, ok, type Result } from '../../domain/result.ts'
import { runCommand, succeeded } from '../../process/command.ts'
import { fileStamp } from '../cache/inspect.ts'
import { type Debian, lacking } from './debian.ts'

/** The oldest Go that fetches the Go a recipe names by itself (GOTOOLCHAIN=auto). */
const oldest = '1.21.0'

/**
 * Finds Go 1.21 or newer: PATH, then the folders where it is usually put. If there is none and Debian's suite has one,
 * that is installed. Returns the absolute path of `go`.
 */
export async function findGo(
  searchPath: string | undefined,
  debian: Debian,
  signal?: AbortSignal,
): Promise<Result<string>> {
  const path = (searchPath ?? '').split(delimiter).filter((folder) => isAbsolute(folder))
  const usual = ['/usr/local/go/bin', join(homedir(), 'go', 'bin'), '/usr/lib/go/bin', '/snap/bin']
  const found = await firstFitting([...path, ...usual], signal)
  if (found !== undefined) return ok(found)
  const wanted = debian.canInstall ? await debianPackage(debian) : undefined
  if (wanted === undefined) return err(noGo())
  const installed = await debian.install([wanted.name, 'ca-certificates'], 'to build programs that no other source has')
  if (!installed.ok) return installed
  const afterwards = await firstFitting([wanted.folder, ...path], signal)
  return afterwards === undefined ? err(noGo()) : ok(afterwards)
}

async function firstFitting(folders: readonly string[], signal: AbortSignal | undefined): Promise<string | undefined> {
  for (const folder of new Set(folders)) {
    const go = join(folder, 'go')
    if ((await fileStamp(go)) === undefined) continue
    const outcome = await runCommand({
      program: go,
      args: ['version'],
      // Its own version, not that of the Go which it would fetch.
      env: { GOTOOLCHAIN: 'local', GOFLAGS: '' },
      timeoutMs: 20_000,
      ...(signal ? { signal } : {}),
    })
    if (succeeded(outcome) && goFits(outcome.stdout)) return go
  }
  return undefined
}

/** Whether the output of `go version` names a Go that is new enough. */
export function goFits(output: string): boolean {
  const version = coerce(/^go version go(\d+(?:\.\d+)*)/.exec(output)?.[1])
  return version !== null && gte(version, oldest)
}

/** Debian's newest package of a Go that is new enough, and the folder with its `go`. */
async function debianPackage(debian: Debian): Promise<{ name: string; folder: string } | undefined> {
  const numbered = Array.from({ length: 12 }, (_, index) => `golang-1.${32 - index}-go`)
  const offered = await debian.candidates(['golang-go', ...numbered])
  const plain = coerce(offered.get('golang-go')?.replace(/^\d+:/, ''))
  if (plain !== null && gte(plain, oldest)) return { name: 'golang-go', folder: '/usr/bin' }
  const name = numbered.find((each) => offered.has(each))
  return name === undefined ? undefined : { name, folder: `/usr/lib/${name.replace('golang', 'go').slice(0, -3)}/bin` }
}

const noGo = () =>
  lacking(
    'Programs have to be built here, and there is no Go 1.21 or newer to build them with.',
    ['golang-go'],
    'unpack the archive from https://go.dev/dl/ into /usr/local (see https://go.dev/doc/install), then start again.',
  )
