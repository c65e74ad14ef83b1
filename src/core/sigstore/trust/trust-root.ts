import { appError, whatAndFound } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { umaskOfUsers } from '../../files/protected-path.ts'
import { readRegularText } from '../../files/read-regular.ts'
import { firstSignal } from '../../process/first-signal.ts'
import { publicRootMetadata } from './public-root.ts'
import {
  expiry,
  fetchTrustedRoot,
  isRootMetadata,
  keptTrustedRoot,
  type TufRepository,
  type TufTrustedRoot,
} from './tuf-root.ts'

/** Where a trusted root comes from: a file, or a TUF repository. */
export type TrustRootSource =
  | string
  | {
      readonly tuf: { readonly mirror: string; readonly root?: string | undefined; readonly cache: string }
    }

/** What every signature is verified against. */
export interface TrustRoot {
  /** The current trusted root (JSON); an error when there is none. Never waits for a network. */
  readonly current: () => Promise<Result<string>>
  /** Gets ready, and keeps looking for newer ones until `close`. Returns what is in use from now on. */
  readonly begin: () => Promise<Result<string>>
  readonly close: () => void
}

/** Receives the result of each refresh, for the agent's log. */
export type TrustNews = (level: 'info' | 'warn', message: string, facts: Readonly<Record<string, string>>) => void

/** A larger file is no trusted root. */
const maxFile = 4 * 1024 * 1024
const fetchWithinMs = 10_000
const minute = 60_000

/**
 * The trusted root that a configuration names. An error when it names a file that is not TUF root metadata; whether
 * there is a trusted root is reported by `current` and `begin`.
 */
export async function trustRootOf(
  { trustedRoot }: { readonly trustedRoot: TrustRootSource },
  onNews: TrustNews = () => undefined,
): Promise<Result<TrustRoot>> {
  if (typeof trustedRoot === 'string') return ok(fileTrustRoot(trustedRoot))
  const repository = await repositoryOf(trustedRoot.tuf)
  return repository.ok ? ok(new TufTrustRoot(repository.value, onNews)) : repository
}

/** The TUF repository that a configuration names. */
export async function repositoryOf(tuf: {
  readonly mirror: string
  readonly root?: string | undefined
  readonly cache: string
  readonly caFile?: string | undefined
}): Promise<Result<TufRepository>> {
  const { mirror, root, cache, caFile } = tuf
  if (root === undefined) return ok({ mirror, cache, caFile, initialRoot: publicRootMetadata() })
  const text = readRegularText(root, { maxBytes: maxFile, protected: true, privateGroup: umaskOfUsers })
  if (text.ok && isRootMetadata(text.value)) return ok({ mirror, cache, caFile, initialRoot: text.value })
  const found = text.ok ? 'another text' : whatAndFound(text.error)
  return err(
    appError(
      'config.attestor-file',
      'What the plugin\u2019s configuration names as "trustedRoot.tuf.root" cannot be used.',
      'Get the root metadata from those who run the repository.',
      { expected: 'TUF root metadata in JSON', found },
    ),
  )
}

// Read at each attestation: a file that is renamed over it takes effect at once.
function fileTrustRoot(file: string): TrustRoot {
  const read = async (): Promise<Result<string>> => {
    // A few kilobytes in memory: a thread hand-over would take longer than reading them.
    const text = readRegularText(file, { maxBytes: maxFile, protected: true, privateGroup: umaskOfUsers })
    if (text.ok) return text
    const { expected, found, remedy } = text.error
    return err(
      appError('sigstore.trusted-root', 'The trusted root cannot be read.', remedy, {
        expected: `${expected ?? 'a file'} at ${file}`,
        found,
      }),
    )
  }
  return { current: read, begin: read, close: () => undefined }
}

/** Refreshes a trusted root in the background: a repository that is slow or down delays no attestation. */
class TufTrustRoot implements TrustRoot {
  readonly #repository: TufRepository
  readonly #onNews: TrustNews
  readonly #closing = new AbortController()
  #known: Result<TufTrustedRoot> | undefined
  #failure: string | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(repository: TufRepository, onNews: TrustNews) {
    this.#repository = repository
    this.#onNews = onNews
  }

  async current(): Promise<Result<string>> {
    this.#known ??= await keptTrustedRoot(this.#repository)
    const known = this.#known
    const usable = known.ok ? (expiry(this.#repository, known.value) ?? ok(known.value.json)) : known
    if (usable.ok || this.#failure === undefined) return usable
    return err({ ...usable.error, found: `${usable.error.found ?? 'none'}; ${this.#failure}` })
  }

  async begin(): Promise<Result<string>> {
    const kept = await this.current()
    const refreshed = this.#refresh()
    if (kept.ok) return kept
    await refreshed
    return this.current()
  }

  close(): void {
    this.#closing.abort()
    clearTimeout(this.#timer)
  }

  async #refresh(): Promise<void> {
    const signal = firstSignal(AbortSignal.timeout(fetchWithinMs), this.#closing.signal)
    const fetched = await fetchTrustedRoot(this.#repository, signal)
    if (this.#closing.signal.aborted) return
    if (fetched.ok) this.#take(fetched.value)
    else {
      this.#failure = whatAndFound(fetched.error)
      this.#onNews('warn', 'The trusted root could not be refreshed', { why: this.#failure, ...ages(this.#known) })
    }
    const next = fetched.ok ? 60 * minute : this.#known?.ok === true ? 10 * minute : minute
    this.#timer = setTimeout(() => void this.#refresh(), next).unref()
  }

  #take(root: TufTrustedRoot): void {
    const changed = this.#known?.ok !== true || this.#known.value.json !== root.json
    this.#known = ok(root)
    this.#failure = undefined
    if (!changed) return
    this.#onNews('info', 'The trusted root was fetched', { mirror: this.#repository.mirror, ...ages(this.#known) })
  }
}

function ages(known: Result<TufTrustedRoot> | undefined): Readonly<Record<string, string>> {
  if (known?.ok !== true) return { in_use: 'none' }
  return { in_use: `confirmed at ${known.value.confirmedAt}`, until: known.value.expires }
}
