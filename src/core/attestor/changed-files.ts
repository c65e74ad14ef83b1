import type { Result } from '../domain/result.ts'
import type { EngineQuestions } from './engine-questions.ts'
import { type FolderState, folderState, isAsItWas } from './folder-state.ts'

/** What is not as in the image, as the engine says; undefined when it is too much to be read. */
type Changes = Result<readonly string[] | undefined>

interface Known {
  readonly folder: string
  /** How the folder was before the engine was asked. */
  readonly state: FolderState
  readonly answer: Promise<Changes>
}

const maxContainers = 1_000

/**
 * What the engine says is not as in a container's image, remembered as long as the container's own files are as they
 * were. The engine's answer is about these and the image's layers, which nobody changes; it reads them all for it, which
 * takes longer than the rest of an attestation. See docs/adr/0007-what-an-engine-says.md.
 */
export class ChangedFiles {
  readonly #engine: EngineQuestions
  readonly #known = new Map<string, Known>()

  constructor(engine: EngineQuestions) {
    this.#engine = engine
  }

  /**
   * Begins to find out about a container. What it answers is to be called with the folder of the container's own files,
   * where the engine tells it. Each question ends by a signal of its own: nobody may come for the answer.
   */
  begin(id: string, signal: () => AbortSignal): (folder: string | undefined) => Promise<Changes> {
    // Of a container that nothing is known of it is asked at once, beside the other questions.
    const asked = this.#known.has(id) ? undefined : this.#engine.changes(id, signal())
    return (folder) => this.#changes(id, folder, asked, signal)
  }

  #changes(
    id: string,
    folder: string | undefined,
    asked: Promise<Changes> | undefined,
    signal: () => AbortSignal,
  ): Promise<Changes> {
    const known = this.#known.get(id)
    if (known !== undefined && known.folder === folder && isAsItWas(folder, known.state)) return known.answer
    this.#known.delete(id)
    const state = folder === undefined ? undefined : folderState(folder)
    if (folder === undefined || state === undefined) return asked ?? this.#engine.changes(id, signal())
    // Asked after the look, and not shared with who asked before it: what changes from here on is seen by the next look.
    const answer = this.#engine.changesFromNow(id, signal())
    this.#remember(id, { folder, state, answer })
    return answer
  }

  #remember(id: string, known: Known): void {
    // A Map keeps the order of insertion: the first is the oldest.
    const [oldest] = this.#known.keys()
    if (this.#known.size >= maxContainers && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(id, known)
    void known.answer.then((changes) => {
      const usable = changes.ok && changes.value !== undefined
      if (!usable && this.#known.get(id) === known) this.#known.delete(id)
    })
  }
}
