import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folders } from '../../core/machine/folders.ts'
import { checkOwnFolders } from '../../core/machine/own-folders.ts'
import { commandError, describeEnding, runCommand, succeeded } from '../../core/process/command.ts'
import { sha256OfFile } from '../../core/tools/cache/inspect.ts'
import { networkEnvironment } from '../../core/tools/setup/network-environment.ts'
import { debian } from '../../core/tools/sources/debian.ts'
import { findGo } from '../../core/tools/sources/go-toolchain.ts'
import { BenchError, must } from './bench-error.ts'

/** Not part of the program: it belongs to the tests. This is where it lies from our build. */
const besideBuild = join(dirname(fileURLToPath(import.meta.url)), '..', 'test', 'bench', 'fetcher')

/** The program that the bench runs in containers, built with Go unless these very sources were built before. */
export async function fetcherProgram(signal: AbortSignal, recipe = besideBuild): Promise<string> {
  const base = join(folders().cache, 'bench')
  const hash = createHash('sha256')
  for (const name of (await readdir(recipe)).toSorted()) hash.update(name).update(await readFile(join(recipe, name)))
  const made = join(base, `fetcher-${hash.digest('hex').slice(0, 16)}`)
  const noted = `${made}.sha256`
  if (existsSync(made)) {
    const [expected, found] = [await readFile(noted, 'utf8').catch(() => 'none'), await sha256OfFile(made)]
    if (found === expected) return made
    process.stderr.write(`${made} has changed and is not run: SHA-256 expected ${expected}, found ${found}.\n`)
  }
  const go = await findGo(process.env['PATH'], await debian({ report: () => undefined, signal }), signal)
  if (!go.ok) throw new BenchError(go.error)
  must(checkOwnFolders({ cache: folders().cache }, { make: true }))
  const work = join(base, 'go')
  await mkdir(join(work, 'tmp'), { recursive: true, mode: 0o700 })
  process.stderr.write('The program that asks for identities is being built with Go, once.\n')
  const outcome = await runCommand({
    program: go.value,
    args: ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', `${made}.new`, '.'],
    cwd: recipe,
    env: {
      ...networkEnvironment(process.env),
      PATH: `${dirname(go.value)}:${process.env['PATH'] ?? ''}`,
      GOMODCACHE: join(work, 'mod'),
      GOCACHE: join(work, 'build'),
      GOTMPDIR: join(work, 'tmp'),
      GOTOOLCHAIN: 'auto',
      GOFLAGS: '-modcacherw',
      GOWORK: 'off',
      CGO_ENABLED: '0',
    },
    timeoutMs: 20 * 60_000,
    signal,
  })
  if (!succeeded(outcome)) {
    const what = 'The program that asks for identities could not be built.'
    const remedy =
      'Read what Go says. Where it could not fetch modules, see to it that it reaches GOPROXY (`go env GOPROXY`).'
    const said = outcome.stderr.split('\n').findLast((text) => text.trim() !== '')
    const found = [describeEnding(outcome), ...(said === undefined ? [] : [said])].join(': ')
    throw new BenchError(commandError(outcome, 'tools.build', what, remedy, { found }))
  }
  await writeFile(noted, await sha256OfFile(`${made}.new`))
  await rename(`${made}.new`, made)
  await rm(work, { recursive: true, force: true })
  return made
}
