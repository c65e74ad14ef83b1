import { type AppError, appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'

/** A registry that may be asked, and how. */
export interface RegistryHost {
  /** `host[:port]` as it stands in image references. */
  readonly host: string
  /** Plain http is used only where the configuration says so. */
  readonly plainHttp: boolean
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

const maxRedirects = 3

/**
 * One bounded GET at a registry. Redirects are followed by hand: three at most, to https, or to the very registry that
 * is named as plain http. No credentials are sent anywhere. Any status is an answer; an error means that there was none.
 */
export async function get(options: {
  readonly registry: RegistryHost
  /** Path and query below the host. */
  readonly path: string
  readonly accept?: string
  readonly maxBytes: number
  readonly signal?: AbortSignal
}): Promise<Result<HttpAnswer>> {
  const { registry } = options
  const origin = `${registry.plainHttp ? 'http' : 'https'}://${registry.host}`
  let url = new URL(options.path, origin)
  for (let redirects = 0; ; redirects++) {
    if (url.protocol !== 'https:' && url.origin !== new URL(origin).origin) {
      return err(unusable(registry, 'a redirect to https', `a redirect to ${url.origin}`))
    }
    const answer = await once(url, options)
    if (!answer.ok) return answer
    const location = answer.value.headers.get('location')
    if (answer.value.status < 300 || answer.value.status > 399 || location === null) return answer
    if (redirects === maxRedirects) return err(unusable(registry, `at most ${maxRedirects} redirects`, 'more'))
    if (!URL.canParse(location, url.href)) return err(unusable(registry, 'a redirect to a URL', 'another text'))
    url = new URL(location, url)
  }
}

async function once(
  url: URL,
  options: {
    readonly registry: RegistryHost
    readonly accept?: string
    readonly maxBytes: number
    readonly signal?: AbortSignal
  },
): Promise<Result<HttpAnswer>> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      credentials: 'omit',
      headers: { accept: options.accept ?? '*/*', 'accept-encoding': 'identity' },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    const body = await readBounded(response, options.maxBytes)
    if (body === undefined) return err(unusable(options.registry, `at most ${options.maxBytes} bytes`, 'more bytes'))
    return ok({ status: response.status, headers: response.headers, body })
  } catch (error) {
    return err(unreachable(options.registry, reasonOf(error)))
  }
}

/** The whole body, or undefined as soon as it is longer than allowed. */
async function readBounded(response: Response, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = response.body?.getReader()
  if (reader === undefined) return Buffer.alloc(0)
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks)
    length += value.length
    if (length > maxBytes) {
      await reader.cancel()
      return undefined
    }
    chunks.push(value)
  }
}

// fetch hides the cause of a failed connection one level down, and below an AggregateError when it tried two addresses.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time'
  const cause: unknown = error.cause
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0])
  return cause instanceof Error ? cause.message : error.message
}

const unreachable = (registry: RegistryHost, found: string): AppError =>
  appError(
    'registry.unreachable',
    `The registry ${registry.host} could not be read.`,
    'Start the registry or mend the connection, then try again.',
    { expected: `an answer from ${registry.host}`, found },
  )

const unusable = (registry: RegistryHost, expected: string, found: string): AppError =>
  appError(
    'registry.unusable',
    `The registry ${registry.host} gave an answer that is not accepted.`,
    'Look at what the registry holds.',
    { expected, found },
  )
