import type { EngineKind, LaunchFacts, StartFacts } from '../../../containers/inspect/launch-facts.ts'

/**
 * What in a container's start differs from its image, in words; undefined when nothing does. `homes` are the values of
 * HOME that Podman takes from the image. Values of variables are not repeated: they can be secrets. Pure.
 */
export function otherStart(
  launch: LaunchFacts,
  image: StartFacts,
  { engine, homes }: { readonly engine: EngineKind; readonly homes: readonly string[] },
): string | undefined {
  const { start } = launch
  const program = [...image.entrypoint, ...image.command]
  // For a program without arguments Podman 5.8 reports its name as its argument.
  const alone = engine === 'podman' && program.length === 1 && same(launch.program, [...program, ...program])
  if (!same(start.entrypoint, image.entrypoint)) return `another entry point: ${start.entrypoint.join(' ') || 'none'}`
  if (!same(start.command, image.command)) return `another command: ${start.command.join(' ') || 'none'}`
  if (!same(launch.program, program) && !alone) return `another program: ${launch.program.join(' ')}`
  if (!same(start.healthCheck, image.healthCheck)) return `another health check: ${start.healthCheck.join(' ')}`
  if (!same(start.shell, image.shell)) return `another shell: ${start.shell.join(' ')}`
  if (start.user !== image.user) return `another user: ${start.user || 'root'}`
  const [folder, own] = [start.workingFolder || '/', image.workingFolder || '/']
  if (folder !== own) return `another folder: ${folder}`
  const variable = otherVariable(launch, image, engine === 'podman' ? podmanVariables(launch, homes) : [])
  if (variable !== undefined) return `another environment: ${variable}`
  // What is typed into a program is as much its input as its arguments are.
  return launch.takesInput ? 'standard input is open (-i or -t)' : undefined
}

/** The health check of an image as an engine runs it; undefined when it has none. */
export function healthProgram({ healthCheck, shell }: StartFacts): readonly string[] | undefined {
  const [kind, ...words] = healthCheck
  if (kind === 'CMD') return words
  if (kind !== 'CMD-SHELL') return undefined
  return [...(shell.length > 0 ? shell : ['/bin/sh', '-c']), ...words]
}

export const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index])

/** Podman also writes into the configuration what every program gets. */
const podmanVariables = (launch: LaunchFacts, homes: readonly string[]): readonly string[] => [
  'container=podman',
  'container=oci',
  'TERM=xterm',
  `HOSTNAME=${launch.hostname}`,
  ...homes.map((home) => `HOME=${home}`),
]

/** The name of a variable that the image does not set to this value. */
function otherVariable(launch: LaunchFacts, image: StartFacts, usual: readonly string[]): string | undefined {
  const isUsual = (each: string): boolean => usual.includes(each) || isUsualPath(each, image)
  return variableBeside(launch.start.environment, image.environment, isUsual)
}

/**
 * The name of the first variable that is set and neither the image's nor usual, or that is the image's and not set.
 * Both lists can have hundreds of thousands of variables.
 */
export function variableBeside(
  set: readonly string[],
  image: readonly string[],
  isUsual: (variable: string) => boolean,
): string | undefined {
  const [own, found] = [new Set(image), new Set(set)]
  const other = set.find((each) => !own.has(each) && !isUsual(each)) ?? image.find((each) => !found.has(each))
  return other?.split('=')[0]
}

const usualPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** Whether a variable is the PATH that engines set if the image has none. */
export const isUsualPath = (variable: string, image: StartFacts): boolean =>
  variable === usualPath && !image.environment.some((each) => each.startsWith('PATH='))
