import { type AppError, appError } from '../../domain/app-error.ts'
import { err, type Result } from '../../domain/result.ts'
import { type ChosenEngine, chosenEngine } from './chosen-engine.ts'
import { connectEngine, type Engine } from './engine.ts'

const systemSocket = '/var/run/docker.sock'

/**
 * The engine to use: the one that the user chose and no other (DOCKER_HOST or a docker context), else the system's,
 * else the private one of this app if it runs. An engine on another machine is refused: its processes are not in our
 * /proc, so no attestor here could tell its containers apart.
 */
export async function findEngine(options: {
  readonly env?: Readonly<NodeJS.ProcessEnv>
  readonly privateSocket?: string
  readonly signal?: AbortSignal
}): Promise<Result<Engine>> {
  const chosen = chosenEngine(options.env ?? process.env)
  if (!chosen.ok) return chosen
  const signal = options.signal ? { signal: options.signal } : {}
  if (chosen.value !== undefined) {
    const { host, by, undo } = chosen.value
    const socket = socketOf(host)
    if (socket === undefined) return err(remoteEngine(chosen.value))
    const engine = await connectEngine(socket, { ours: socket === options.privateSocket, ...signal })
    if (engine.ok) return engine
    const { error } = engine
    return err({ ...error, expected: `an engine at ${host}, as ${by} says`, remedy: `${error.remedy} Or: ${undo}` })
  }
  const system = await connectEngine(systemSocket, { ours: false, ...signal })
  if (system.ok || options.privateSocket === undefined) return system
  const ours = await connectEngine(options.privateSocket, { ours: true, ...signal })
  return ours.ok ? ours : system
}

/** The socket path in a DOCKER_HOST value, or undefined when it names anything but a local socket. */
function socketOf(host: string): string | undefined {
  const path = host.startsWith('unix://') ? host.slice('unix://'.length) : host
  return path.startsWith('/') ? path : undefined
}

const remoteEngine = ({ host, by, undo }: ChosenEngine): AppError =>
  appError(
    'engine.remote',
    `The engine that ${by} names is not on this machine.`,
    `Name the socket of a local engine, such as unix:///var/run/docker.sock. Or: ${undo}`,
    { expected: 'unix:///PATH', found: host },
  )
