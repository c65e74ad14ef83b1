import type { WebContents } from 'electron'
import type { WindowMessage } from '../../../src/core/contract/desktop.ts'

/** What the page holds that closing or reloading would lose. */
export type Held = Omit<Extract<WindowMessage, { kind: 'holds' }>, 'kind'>

const nothing: Held = { unsaved: [], recording: false }

/** Keeps what the page last reported that it holds; a reloaded page holds nothing. */
export function heldByPage(contents: WebContents): { readonly get: () => Held; readonly set: (held: Held) => void } {
  let held = nothing
  contents.on('did-navigate', () => {
    held = nothing
  })
  return {
    get: () => held,
    set: ({ unsaved, recording }) => {
      held = { unsaved, recording }
    },
  }
}

/** What of it is not saved, a sentence each. */
export const unsavedWords = ({ unsaved }: Held): readonly string[] =>
  unsaved.map((what) => `The ${what} that you are writing is not saved.`)
