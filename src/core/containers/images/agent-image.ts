import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { runCommand, succeeded } from '../../process/command.ts'
import type { ImageContext } from './image.ts'

/** Where the image has its programs, as SPIRE's own image has them. */
export const agentPrograms = '/opt/spire/bin'

/** What the image contains, as paths of this machine. */
export interface AgentPrograms {
  readonly 'spire-agent': string
  readonly 'sigstore-attestor': string
  readonly cosign: string
}

/** What the plugin and cosign trust for TLS. */
const certificates = '/etc/ssl/certs/ca-certificates.crt'

// Without it, glibc resolves names by DNS before it reads /etc/hosts.
const nameService = 'hosts: files dns\n'

const dockerfile = `FROM scratch
COPY root/ /
ENV PATH=${agentPrograms}
WORKDIR /opt/spire
ENTRYPOINT ["${agentPrograms}/spire-agent", "run"]
`

/**
 * The image of an agent with the attestor: spire-agent, the plugin and cosign where SPIRE's own image has its programs,
 * with the libraries that they are linked against on this machine. SPIRE's own image has none, so a plugin that is only
 * copied into it does not start.
 */
export async function agentImage(programs: AgentPrograms, signal?: AbortSignal): Promise<Result<ImageContext>> {
  const libraries = new Set<string>()
  for (const program of Object.values(programs)) {
    const found = await librariesOf(program, signal)
    if (!found.ok) return found
    for (const library of found.value) libraries.add(library)
  }
  const contents = [...libraries, ...(existsSync(certificates) ? [certificates] : [])]
  return ok({
    dockerfile,
    files: [
      { name: 'root/etc/nsswitch.conf', content: Buffer.from(nameService), mode: 0o644 },
      ...contents.toSorted().map((path) => ({ name: `root${path}`, content: { path }, mode: 0o755 })),
      ...Object.entries(programs).map(([name, path]) => ({
        name: `root${agentPrograms}/${name}`,
        content: { path },
        mode: 0o755,
      })),
    ],
  })
}

/** The libraries of a program, its dynamic loader among them, and those that glibc loads to resolve names. */
async function librariesOf(program: string, signal: AbortSignal | undefined): Promise<Result<readonly string[]>> {
  const args = [program]
  const outcome = await runCommand({ program: 'ldd', args, timeoutMs: 10_000, ...(signal ? { signal } : {}) })
  if (outcome.kind === 'exited' && /not a dynamic executable|statically linked/.test(outcome.stdout + outcome.stderr)) {
    return ok([])
  }
  const paths = succeeded(outcome) ? loadedLibraries(outcome.stdout) : undefined
  if (paths === undefined) return err(unknownLibraries(program, outcome.kind === 'exited' ? outcome.stderr : ''))
  const resolvers = paths
    .filter((path) => path.endsWith('/libc.so.6'))
    .flatMap((path) =>
      ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'].map((name) => join(dirname(path), name)),
    )
    .filter((path) => existsSync(path))
  return ok([...paths, ...resolvers])
}

/** The files in the output of ldd(1). Undefined when one is missing. */
export function loadedLibraries(output: string): readonly string[] | undefined {
  if (output.includes('not found')) return undefined
  return [...output.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)].map(([, path = '']) => path)
}

const unknownLibraries = (program: string, found: string) =>
  appError(
    'engine.unknown-libraries',
    `The libraries of ${program} cannot be listed.`,
    `Run \`ldd ${program}\`, and install what is missing.`,
    { expected: 'every library of the program on this machine', found: found.trim() || 'ldd does not list them' },
  )
