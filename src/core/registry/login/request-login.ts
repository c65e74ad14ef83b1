import { ok, type Result } from '../../domain/result.ts'
import { Redactor } from '../../process/redactor.ts'
import type { RegistryAccess } from './registry-access.ts'

/** The login of one request: a kept one first, then one that answers the registry's challenge, once. */
export class RequestLogin {
  readonly #access: RegistryAccess
  readonly #origin: string
  readonly #scope: string
  readonly #sent = new Redactor()
  #state: 'kept' | 'none' | 'answered'
  /** The Authorization header to send. */
  header: string | undefined

  constructor(access: RegistryAccess, origin: string, scope: string) {
    this.#access = access
    this.#origin = origin
    this.#scope = scope
    this.header = access.known(scope)
    this.#state = this.header === undefined ? 'none' : 'kept'
    this.#hide(this.header)
  }

  /**
   * Whether the request is to be sent again, after this answer of the registry. It may reject a kept login that is no
   * longer valid with 400 or 403 as well as with 401.
   */
  async again(
    { status, headers }: Pick<Response, 'status' | 'headers'>,
    signal: AbortSignal | undefined,
  ): Promise<Result<boolean>> {
    if (status !== 400 && status !== 401 && status !== 403) return ok(false)
    if (this.#state === 'answered') {
      if (status !== 400) this.#access.forget(this.#scope, this.header)
      return ok(false)
    }
    const challenge = status === 401 ? headers.get('www-authenticate') : null
    if (this.#state === 'kept') {
      this.#access.forget(this.#scope, this.header)
      this.header = undefined
      this.#state = 'none'
      // Without a login, the registry asks for a new one.
      if (challenge === null) return ok(true)
    }
    if (challenge === null) return ok(false)
    const answered = await this.#access.answer(challenge, this.#origin, this.#scope, signal)
    if (!answered.ok) return answered
    this.header = answered.value
    this.#state = 'answered'
    this.#hide(this.header)
    return ok(answered.value !== undefined)
  }

  /** A text of the registry, without the logins that were sent to it. */
  mask(text: string): string {
    return this.#sent.clean(text)
  }

  #hide(header: string | undefined): void {
    const [scheme, value] = (header ?? '').split(' ')
    if (value === undefined) return
    this.#sent.addChosen(value)
    if (scheme !== 'Basic') return
    const login = Buffer.from(value, 'base64').toString('utf8')
    this.#sent.addChosen(login)
    this.#sent.addChosen(login.slice(login.indexOf(':') + 1))
  }
}
