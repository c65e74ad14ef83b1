import { type AppError, appError } from '../../domain/app-error.ts'

/** What an engine's HTTP answer or a socket error carries. */
interface Facts {
  readonly message: string
  /** A socket error's code, e.g. ECONNREFUSED. */
  readonly code: string | undefined
  /** The status of an HTTP answer. */
  readonly status: number | undefined
}

/** Extracts what is known from anything that dockerode throws. */
export function errorFacts(error: unknown): Facts {
  if (!(error instanceof Error)) return { message: String(error), code: undefined, status: undefined }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const json = 'json' in error ? error.json : undefined
  const said =
    typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string'
      ? json.message
      : error.message.replace(/^\(HTTP code \d{3}\) [^-]{0,40}- /, '')
  return { message: said.trim(), code, status }
}

/** An engine's refusal or a broken connection to it, as an error with the remedy that fits. */
export function engineError(error: unknown, what: string, socket: string, signal?: AbortSignal): AppError {
  if (isAborted(signal)) return cancelledError(what)
  const { message, code, status } = errorFacts(error)
  const expected = `a container engine that answers at ${socket}`
  switch (code ?? '') {
    case 'EACCES':
    case 'EPERM':
      return appError(
        'engine.permission',
        "The container engine's socket may not be opened.",
        'Add yourself to the group that owns the socket (`sudo usermod -aG docker "$USER"`), then log in again.',
        { expected, found: `permission denied for ${socket}` },
      )
    case 'ENOENT':
      return appError(
        'engine.absent',
        'There is no container engine.',
        'Install Docker Engine (`sudo apt install docker.io`), or set DOCKER_HOST to the socket of the engine you have.',
        { expected, found: `no socket at ${socket}` },
      )
    case 'ECONNREFUSED':
      return appError(
        'engine.stopped',
        'The container engine is not running.',
        'Start it: `sudo systemctl start docker`.',
        {
          expected,
          found: `nothing listens on ${socket}`,
        },
      )
    case 'ECONNRESET':
    case 'EPIPE':
      return appError(
        'engine.lost',
        `${what} The engine closed the connection.`,
        'Look at the engine’s log, then run the step again.',
        {
          expected,
          found: message,
        },
      )
    default:
      return answered(what, message, status)
  }
}

/** The engine answered, but not as expected. */
function answered(what: string, message: string, status: number | undefined): AppError {
  if (status === 404 || /no such image/i.test(message)) {
    return appError(
      'engine.missing',
      `${what} The engine does not have it.`,
      'Run the step that makes it, then this one again.',
      {
        expected: 'something the engine has',
        found: message,
      },
    )
  }
  if (/no space left on device/i.test(message)) {
    return appError(
      'engine.disk-full',
      `${what} The engine's disk is full.`,
      'Make room (`docker system df` shows what is used), then run it again.',
      {
        expected: 'room for the image',
        found: message,
      },
    )
  }
  return appError('engine.refused', what, 'Read the engine’s message below; there is more in its log.', {
    expected: 'success',
    found: status === undefined ? message : `HTTP ${status}: ${message}`,
  })
}

/** It was cancelled; nothing is wrong. */
export const cancelledError = (what: string): AppError =>
  appError('run.cancelled', `Cancelled: ${what}`, 'Start it again when you are ready.')

/** Read again each time: the type checker would assume that the first value still holds. */
export const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true
