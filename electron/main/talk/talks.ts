import { type BrowserWindow, screen } from 'electron'
import { createClient } from '../../../src/core/contract/client.ts'
import type { WindowMessage } from '../../../src/core/contract/desktop.ts'
import { follow } from '../../../src/core/contract/follow.ts'
import type { Audience, PresenterMessage } from '../../../src/core/contract/presenting.ts'
import type { Server } from '../../../src/core/contract/server.ts'
import { GivingTalk } from '../../../src/core/talks/giving.ts'
import { bringBack } from '../manners/window-places.ts'
import { openPresenter, type Presenter } from './presenter-window.ts'

interface TalksOptions {
  readonly server: Pick<Server, 'request' | 'subscribe'>
  /** The story's window, which the audience sees. */
  readonly window: BrowserWindow
  /** Shows the audience's page where the talk is. */
  readonly show: (audience: Audience) => void
  /** Presses a key of the audience's page. */
  readonly press: (key: string) => void
  readonly preload: string
  readonly page: string
  readonly places: string
}

/** How often the presenter's picture of the audience's window is made again, in milliseconds. */
const pictureMs = 1_000
const pictureWidth = 960
const drawnMs = 120

const isOneDisplay = (): boolean => screen.getAllDisplays().length < 2

/** Talks in the desktop app: the main process owns the position; both windows show it, and only one has notes. */
export class Talks {
  readonly #options: TalksOptions
  readonly #giving: GivingTalk
  #presenter: Presenter | null = null
  #picture: { readonly number: number; readonly png: Uint8Array<ArrayBuffer> | undefined } = {
    number: 0,
    png: undefined,
  }
  #timer: NodeJS.Timeout | undefined

  constructor(options: TalksOptions) {
    this.#options = options
    const client = createClient(options.server)
    this.#giving = new GivingTalk({
      client,
      follower: follow(client),
      now: () => new Date().toISOString(),
      changed: () => {
        this.#publish()
        // Once the page has drawn it; the interval below follows what moves by itself.
        setTimeout(() => void this.#look(), drawnMs).unref()
      },
    })
    screen.on('display-removed', () => {
      bringBack(options.window, screen.getAllDisplays())
      this.#presenter?.bringBack()
      this.#publish()
    })
    screen.on('display-added', () => this.#publish())
  }

  /** Whether a press answers the login of a run, so that its window needs no keyboard. */
  get answersLogins(): boolean {
    return this.#giving.answersLogins
  }

  /** A message of the audience's page; false if it is about something else. */
  take(message: WindowMessage): boolean {
    switch (message.kind) {
      case 'talk-begin':
        void this.#giving.begin(message.name, message.mode).then((begun) => {
          // On one display the notes would lie over what the audience sees: there they come with a key.
          if (begun.ok && !isOneDisplay()) this.#present()
        })
        return true
      case 'talk-notes':
        if (this.#giving.given) this.#present()
        return true
      case 'talk-press':
      case 'talk-depth':
      case 'talk-vote':
      case 'talk-watch':
        this.#shared(message)
        return true
      case 'holds':
      case 'escape':
      case 'value-menu':
      case 'take-file':
        return false
      default:
        return false
    }
  }

  /** Before the program ends. */
  close(): void {
    clearInterval(this.#timer)
    this.#presenter?.close()
  }

  #fromPresenter(message: PresenterMessage): void {
    if (message.kind === 'talk-point') this.#giving.point(message.to)
    else if (message.kind === 'talk-audience') this.#toAudience()
    else if (message.kind === 'talk-mask') this.#options.press('m')
    else this.#shared(message)
  }

  #toAudience(): void {
    const { window } = this.#options
    if (window.isDestroyed()) return
    window.moveTop()
    window.focus()
  }

  #shared(
    message: Extract<PresenterMessage, { kind: 'talk-press' | 'talk-depth' | 'talk-vote' | 'talk-watch' }>,
  ): void {
    if (message.kind === 'talk-press') void this.#giving.press(message.what)
    else if (message.kind === 'talk-depth') this.#giving.showAt(message.depth)
    else if (message.kind === 'talk-vote') this.#giving.vote(message.answer)
    else this.#publish()
  }

  #present(): void {
    if (this.#presenter !== null) return this.#presenter.focus()
    const { window, preload, page, places } = this.#options
    this.#presenter = openPresenter({
      preload,
      page,
      places,
      picture: () => this.#picture.png,
      audience: window,
      onMessage: (message) => this.#fromPresenter(message),
      onClosed: () => {
        this.#presenter = null
      },
    })
    this.#timer ??= setInterval(() => {
      this.#giving.tick()
      void this.#look()
    }, pictureMs)
  }

  #publish(): void {
    this.#options.show(this.#giving.audience())
    const view = this.#giving.presenter()
    if (view === null) {
      clearInterval(this.#timer)
      this.#timer = undefined
      this.#presenter?.close()
      return
    }
    this.#presenter?.show({ ...view, picture: this.#picture.number, oneDisplay: isOneDisplay() })
  }

  /** What the audience sees, as a picture: the presenter's page needs no way to the engine for it. */
  async #look(): Promise<void> {
    const { window } = this.#options
    if (this.#presenter === null || window.isDestroyed()) return
    const image = await window.webContents.capturePage().catch(() => undefined)
    if (image === undefined || image.isEmpty()) return
    const png = Uint8Array.from(image.resize({ width: pictureWidth }).toPNG())
    this.#picture = { number: this.#picture.number + 1, png }
    this.#publish()
  }
}
