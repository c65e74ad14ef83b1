import { useState } from 'react'
import type { OutputOf } from '../../src/core/contract/contract.ts'
import { type AppError, appError } from '../../src/core/domain/app-error.ts'
import { parseTalk } from '../../src/core/workflow/talk/parse.ts'
import { talkBounds, talkName } from '../../src/core/workflow/talk/schema.ts'
import type { TalkActions } from '../app/actions.ts'
import { draftOfText, emptyDraft, nameFor, type TalkDraft, textOfDraft } from './draft.ts'

/** A talk that is being written. */
export interface EditedTalk {
  readonly existing: boolean
  readonly name: string
  readonly draft: TalkDraft
  readonly error: AppError | null
  /** Its content when it was opened. */
  readonly before: string
}

/** The talks as the window knows them, and one that is being written: held by the window, so that no page loses it. */
export interface Talks {
  readonly listed: OutputOf<'listTalks'> | null
  readonly problem: AppError | null
  readonly editing: EditedTalk | null
  readonly saved: string | null
  readonly reload: () => void
  readonly make: () => void
  readonly edit: (name: string, copy: boolean) => void
  /** Opens a file as a new talk. */
  readonly open: (file: File) => void
  readonly change: (change: Partial<Pick<EditedTalk, 'name' | 'draft'>>) => void
  readonly save: () => void
  readonly leave: () => void
}

const stampOf = ({ name, draft }: Pick<EditedTalk, 'name' | 'draft'>): string =>
  JSON.stringify([name, textOfDraft(draft)])

/** Whether something would be lost. */
export const isTalkChanged = (editing: EditedTalk): boolean => stampOf(editing) !== editing.before

/** The state and the actions of talks. */
export function useTalks(actions: TalkActions): Talks {
  const [listed, setListed] = useState<Talks['listed']>(null)
  const [problem, setProblem] = useState<AppError | null>(null)
  const [editing, setEditing] = useState<EditedTalk | null>(null)
  const [saved, setSaved] = useState<string | null>(null)
  const begin = (opened: Pick<EditedTalk, 'existing' | 'name' | 'draft'>): void =>
    setEditing({ ...opened, error: null, before: stampOf(opened) })
  const show = (text: string, file: string, name: string, existing: boolean): void => {
    const read = draftOfText(text, file)
    setProblem('error' in read ? read.error : null)
    if ('draft' in read)
      begin({ existing, name: existing ? name : nameFor(`my ${read.draft.title}`), draft: read.draft })
  }
  return {
    listed,
    problem,
    editing,
    saved,
    reload: () =>
      void actions.list().then((answer) => {
        setProblem(answer.ok ? null : answer.error)
        if (answer.ok) setListed(answer.value)
      }),
    make: () => begin({ existing: false, name: '', draft: emptyDraft() }),
    edit: (name, copy) =>
      void actions.read(name).then((answer) => {
        if (answer.ok) show(answer.value.text, `${name}.json`, name, !copy)
        else setProblem(answer.error)
      }),
    open: (file) => {
      if (file.size > talkBounds.characters * 4) return setProblem(tooLarge(file))
      void file.arrayBuffer().then((bytes) => {
        try {
          show(new TextDecoder('utf-8', { fatal: true }).decode(bytes), file.name, '', false)
        } catch {
          setProblem(otherEncoding(file))
        }
      })
    },
    change: (change) =>
      setEditing((now) => {
        if (now === null) return null
        // A new talk is named after its title until a person names it.
        const follows = !now.existing && now.name === nameFor(now.draft.title) && change.draft !== undefined
        return { ...now, ...change, ...(follows ? { name: nameFor(change.draft?.title ?? '') } : {}) }
      }),
    save: () => {
      if (editing === null) return
      const { name, draft, existing } = editing
      const text = textOfDraft(draft)
      const refuse = (error: AppError): void => setEditing((now) => (now === null ? null : { ...now, error }))
      if (!talkName.test(name)) return refuse(unnamed())
      // Refused here as well: what is far too long is no request.
      const read = parseTalk(text, `${name}.json`)
      if (!read.ok) return refuse(read.error)
      void actions.save({ name, text, replace: existing }).then((answer) => {
        if (!answer.ok) return refuse(answer.error)
        setEditing(null)
        setSaved(name)
      })
    },
    leave: () => setEditing(null),
  }
}

/** Another one each time: the page shows each. */
const unnamed = (): AppError =>
  appError('config.talk-not-saved', 'The talk was not saved.', 'Name its file.', {
    expected: 'small letters, digits and hyphens, at most 41',
    found: 'another name for the file, or none',
  })

const otherEncoding = ({ name }: File): AppError =>
  appError('config.talk', 'This talk is not accepted.', `Save ${name} as UTF-8.`, {
    expected: 'text in UTF-8',
    found: 'text in another encoding',
  })

const tooLarge = ({ name, size }: File): AppError =>
  appError('config.talk', 'This talk is not accepted.', `Correct ${name}.`, {
    expected: `at most ${talkBounds.characters} characters`,
    found: `a file of ${size} bytes`,
  })
