import { once } from 'node:events'
import { connect, type NetConnectOpts } from 'node:net'
import { isAbsolute, join } from 'node:path'
import { type AppError, appError } from '../domain/app-error.ts'
import { errorCode } from '../files/read-regular.ts'

/** Whether the environment names a display, whether it exists or not. */
export const namesDisplay = (env: Readonly<NodeJS.ProcessEnv>): boolean => displaysOf(env).length > 0

/**
 * Why no window can be shown: no display is named, or no server answers at the named one, as in a terminal multiplexer
 * that outlived its desktop or SSH connection. Undefined when one answers. The terminal story needs none.
 */
export async function displayProblem(env: Readonly<NodeJS.ProcessEnv>): Promise<AppError | undefined> {
  const displays = displaysOf(env)
  if (displays.length === 0)
    return appError('machine.no-display', 'There is no display to open a window on.', remedy('Log in to a desktop'), {
      expected: 'DISPLAY or WAYLAND_DISPLAY',
      found: 'neither is set',
    })
  const silent: string[] = []
  for (const display of displays) {
    const failure = await silenceOf(display)
    if (failure === undefined) return undefined
    silent.push(`${display.variable} is ${display.value}: ${failure}`)
  }
  const names = displays.map(({ variable }) => variable).join(' and ')
  return appError(
    'machine.display-silent',
    'No server answers at the display that the environment names.',
    remedy(`Set ${names} as in a terminal of the desktop that runs now`),
    { expected: 'a display server that accepts a connection', found: silent.join('; ') },
  )
}

/**
 * Which of Chromium's window systems has to be named to it: that of the only display that answers. Undefined where the
 * choice is its own, because both or none answer. Without it, some versions try one alone, and others decide by the
 * kind of the desktop session, whatever answers.
 */
export async function windowSystem(env: Readonly<NodeJS.ProcessEnv>): Promise<'x11' | 'wayland' | undefined> {
  const answering: Display[] = []
  for (const display of displaysOf(env)) if ((await silenceOf(display)) === undefined) answering.push(display)
  const [only, more] = answering
  if (only === undefined || more !== undefined) return undefined
  return only.variable === 'DISPLAY' ? 'x11' : 'wayland'
}

const remedy = (first: string): string => `${first}, or run the story in the terminal: npm run story`

interface Display {
  readonly variable: 'DISPLAY' | 'WAYLAND_DISPLAY'
  readonly value: string
  /** Where its server may listen. */
  readonly servers: readonly NetConnectOpts[]
  /** Why there is no such place. */
  readonly why: string
}

/** Why no server answers at a display, or undefined. */
async function silenceOf({ servers, why }: Display): Promise<string | undefined> {
  let silence: string | undefined = why
  for (const server of servers) {
    silence = await connectionFailure(server)
    if (silence === undefined) return undefined
  }
  return silence
}

const noName = 'no name of a display'

function displaysOf(env: Readonly<NodeJS.ProcessEnv>): Display[] {
  const [x11, wayland, runtime] = [env['DISPLAY'], env['WAYLAND_DISPLAY'], env['XDG_RUNTIME_DIR']]
  const displays: Display[] = []
  if (x11 !== undefined && x11 !== '')
    displays.push({ variable: 'DISPLAY', value: x11, servers: x11Servers(x11), why: noName })
  if (wayland !== undefined && wayland !== '') {
    const servers =
      isAbsolute(wayland) || runtime ? [{ path: join(isAbsolute(wayland) ? '/' : `${runtime}`, wayland) }] : []
    const why = 'its socket lies in XDG_RUNTIME_DIR, which is not set'
    displays.push({ variable: 'WAYLAND_DISPLAY', value: wayland, servers, why })
  }
  return displays
}

/** X(7), "Display names", as libxcb parses them: [host]:number[.screen], where no host or `unix` is a socket. */
function x11Servers(name: string): readonly NetConnectOpts[] {
  const [, host = '', number = ''] = /^(.*):(\d+)(?:\.\d+)?$/.exec(name) ?? []
  if (number === '') return []
  if (isAbsolute(host)) return [{ path: name }, { path: host }]
  const tcp = { host: host === '' ? 'localhost' : host.replace(/^\[(.*)\]$/, '$1'), port: 6000 + Number(number) }
  if (tcp.port > 65_535) return []
  const socket = `/tmp/.X11-unix/X${number}`
  return host === '' || host === 'unix' ? [{ path: `\0${socket}` }, { path: socket }] : [tcp]
}

/** Why nothing answers there, or undefined. */
async function connectionFailure(server: NetConnectOpts): Promise<string | undefined> {
  const socket = connect(server)
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(2_000) })
    return undefined
  } catch (error) {
    const where = 'path' in server ? server.path.replace('\0', '@') : `${server.host}:${server.port}`
    const aborted = error instanceof Error && error.name === 'AbortError'
    return `${where} ${aborted ? 'does not answer within 2 s' : `cannot be reached (${errorCode(error)})`}`
  } finally {
    socket.on('error', () => undefined).destroy()
  }
}
