import { useState } from 'react'
import type { ListedProfile } from '../../src/core/contract/contract.ts'
import { type AppError, appError } from '../../src/core/domain/app-error.ts'
import type { ProfileActions } from '../app/actions.ts'
import { type Draft, draftOfText, empty, nameFor, textOfDraft } from './form-fields.ts'
import type { Looked } from './meaning.ts'

/** A profile that is being written. */
export interface Editing {
  /** Whether it exists already, under this name. */
  readonly existing: boolean
  readonly name: string
  readonly draft: Draft
  /** The text, if it is edited as text; null for a form. */
  readonly text: string | null
  /** Why the form cannot be shown. */
  readonly noForm: string | null
  /** Why it was not saved. */
  readonly error: AppError | null
  /** Its content when it was opened. */
  readonly before: string
}

/**
 * The profiles as the window knows them, and one that is being written. Held by the window, so that opening another
 * page loses nothing.
 */
export interface Profiles {
  readonly list: readonly ListedProfile[] | null
  readonly problem: AppError | null
  readonly looked: Readonly<Record<string, Looked>>
  readonly editing: Editing | null
  /** The profile that was saved last. */
  readonly saved: string | null
  readonly reload: () => void
  readonly check: (name: string) => void
  /** Sets values; returns why they were refused, or null. */
  readonly fill: (name: string, values: Readonly<Record<string, string>>) => Promise<AppError | null>
  /** Resolves to whether the profile is now active. */
  readonly use: (name: string) => Promise<boolean>
  readonly make: () => void
  /** Opens the text of a profile: to change it, or as a template. */
  readonly edit: (name: string, copy: boolean) => void
  readonly change: (change: Partial<Pick<Editing, 'name' | 'draft' | 'text'>>) => void
  readonly showAs: (kind: 'form' | 'text') => void
  readonly save: () => void
  readonly leave: () => void
}

const stampOf = ({ name, draft, text }: Pick<Editing, 'name' | 'draft' | 'text'>): string =>
  JSON.stringify([name, text ?? textOfDraft(draft), draft])

/** Whether something would be lost. */
export const isChanged = (editing: Editing): boolean => stampOf(editing) !== editing.before

/** What will be saved. */
const fileOf = ({ draft, text }: Editing): string => text ?? textOfDraft(draft)

/** The state and the actions of profiles. */
export function useProfiles(actions: ProfileActions): Profiles {
  const [list, setList] = useState<readonly ListedProfile[] | null>(null)
  const [problem, setProblem] = useState<AppError | null>(null)
  const [looked, setLooked] = useState<Profiles['looked']>({})
  const [editing, setEditing] = useState<Editing | null>(null)
  const [saved, setSaved] = useState<string | null>(null)
  const reload = () =>
    void actions.list().then((answer) => {
      setProblem(answer.ok ? null : answer.error)
      if (answer.ok) setList(answer.value.profiles)
    })
  const forget = (name: string) =>
    setLooked((before) => Object.fromEntries(Object.entries(before).filter(([each]) => each !== name)))
  const begin = (opened: Pick<Editing, 'existing' | 'name' | 'draft' | 'text' | 'noForm'>) =>
    setEditing({ ...opened, error: null, before: stampOf(opened) })
  return {
    list,
    problem,
    looked,
    editing,
    saved,
    reload,
    check: (name) => {
      setLooked((before) => ({ ...before, [name]: { state: 'asking' } }))
      void actions.check(name).then((answer) =>
        setLooked((before) => ({
          ...before,
          [name]: answer.ok
            ? { state: 'asked', checks: answer.value.checks }
            : { state: 'failed', error: answer.error },
        })),
      )
    },
    fill: async (name, values) => {
      const answer = await actions.fill(name, values)
      if (!answer.ok) return answer.error
      forget(name)
      const listed = await actions.list()
      if (!listed.ok) return listed.error
      setList(listed.value.profiles)
      const asks = listed.value.profiles.find((each) => each.name === name)?.asks ?? []
      const other = asks.filter((each) => values[each.name] !== undefined && values[each.name] !== each.value)
      return other.length === 0 ? null : setElsewhere(other.map((each) => each.name))
    },
    use: async (name) => {
      const answer = await actions.use(name)
      setProblem(answer.ok ? null : answer.error)
      return answer.ok
    },
    make: () => begin({ existing: false, name: '', draft: empty, text: null, noForm: null }),
    edit: (name, copy) =>
      void actions.read(name).then((answer) => {
        setProblem(answer.ok ? null : answer.error)
        if (!answer.ok) return
        const { text } = answer.value
        const read = draftOfText(text, empty)
        const shown =
          'draft' in read ? { draft: read.draft, text: null, noForm: null } : { draft: empty, text, noForm: read.why }
        if (!copy) return begin({ existing: true, name, ...shown })
        const draft = { ...shown.draft, title: shown.draft.title === '' ? '' : `${shown.draft.title}, mine` }
        return begin({ existing: false, name: nameFor(draft.title), ...shown, draft })
      }),
    change: (change) => setEditing((now) => (now === null ? null : { ...now, ...changed(now, change), noForm: null })),
    showAs: (kind) => setEditing((now) => (now === null ? null : shownAs(now, kind))),
    save: () => {
      if (editing === null) return
      const { name, existing } = editing
      void actions.save({ name, text: fileOf(editing), replace: existing }).then((answer) => {
        if (!answer.ok) return setEditing((now) => (now === null ? null : { ...now, error: answer.error }))
        setEditing(null)
        setSaved(name)
        forget(name)
      })
    },
    leave: () => setEditing(null),
  }
}

const setElsewhere = (names: readonly string[]): AppError =>
  appError(
    'config.profile-environment',
    'The environment of this program sets this too, and that comes first.',
    `Start the program without ${names.join(' and ')} in its environment.`,
  )

/** A new profile is named after its title until a person names it. */
function changed(now: Editing, change: Partial<Pick<Editing, 'name' | 'draft' | 'text'>>) {
  const follows = !now.existing && now.name === nameFor(now.draft.title) && change.name === undefined
  return follows && change.draft !== undefined ? { ...change, name: nameFor(change.draft.title) } : change
}

function shownAs(now: Editing, kind: 'form' | 'text'): Editing {
  if (kind === 'text') return now.text === null ? { ...now, text: textOfDraft(now.draft) } : now
  if (now.text === null) return now
  const read = draftOfText(now.text, now.draft)
  return 'draft' in read ? { ...now, draft: read.draft, text: null, noForm: null } : { ...now, noForm: read.why }
}
