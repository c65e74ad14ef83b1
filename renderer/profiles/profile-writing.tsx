import { useEffect, useRef } from 'react'
import type { AppError } from '../../src/core/domain/app-error.ts'
import { profileName } from '../../src/core/workflow/profile.ts'
import { Footer } from '../app/frame/footer.tsx'
import { Words } from '../app/words.tsx'
import { useLeaveForm } from '../dialogs/leave-form.tsx'
import { Field } from '../kit/controls/field.tsx'
import { ErrorBlock } from '../kit/facts/error-block.tsx'
import { visible } from '../kit/text/text.ts'
import { type Problems, problemsOf } from './form-fields.ts'
import { ProfileForm } from './profile-form.tsx'
import { type Editing, isChanged, type Profiles } from './use-profiles.ts'

interface WritingProps {
  readonly editing: Editing
  readonly profiles: Profiles
}

/** One profile that is being written, as a form or as text. Leaving prompts only if something would be lost. */
export function ProfileWriting({ editing, profiles }: WritingProps) {
  const { name, existing, error } = editing
  const stage = useRef<HTMLElement>(null)
  const { leave, dialog } = useLeaveForm(isChanged(editing), profiles.leave)
  // A refusal scrolls to its reason.
  useEffect(() => {
    if (error !== null) stage.current?.querySelector('.profile-wrong')?.scrollIntoView({ block: 'nearest' })
  }, [error])
  return (
    <>
      <main className="stage" id="stage" ref={stage}>
        <Words
          headline={existing ? `Change ${visible(name)}` : 'A profile of your own'}
          why="It says where the services are and what to trust. It never holds a secret; nothing is asked of any service before you check it."
        />
        <Written editing={editing} profiles={profiles} />
        {dialog}
      </main>
      <Footer
        position="Services"
        step={null}
        move={{ label: 'Save' }}
        onMove={profiles.save}
        others={[{ label: 'Cancel', onPress: leave }]}
      />
    </>
  )
}

/** Why it was refused, and the profile itself. */
function Written({ editing, profiles }: WritingProps) {
  const { name, draft, text, existing, error, noForm } = editing
  const nameProblem = nameProblemOf(name, error)
  const { at, others } = error?.code === 'config.profile' ? problemsOf(error.found ?? '', draft) : nothingWrong
  const atFields = Object.keys(at).length > 0 && others.length === 0 && text === null
  const onName = (next: string) => profiles.change({ name: next })
  return (
    <>
      {error === null ? null : <Refused error={error} atFields={atFields} nameProblem={nameProblem} />}
      <nav className="profile-ways" aria-label="How to write it">
        <Way kind="form" shown={text === null} profiles={profiles} />
        <Way kind="text" shown={text !== null} profiles={profiles} />
      </nav>
      {noForm === null || text === null ? null : (
        <p role="status" className="profile-no-form">
          {visible(noForm)}
        </p>
      )}
      {text === null ? (
        <ProfileForm
          name={name}
          keepsName={existing}
          nameProblem={nameProblem}
          draft={draft}
          problems={at}
          onName={onName}
          onDraft={(next) => profiles.change({ draft: next })}
        />
      ) : (
        <div className="profile-text">
          {existing ? null : <Field label="Name" value={name} onChange={onName} problem={nameProblem} mono />}
          <Field
            label="The profile as JSON"
            hint="docs/profiles.md says what each key means."
            value={text}
            onChange={(next) => profiles.change({ text: next })}
            lines={24}
            mono
          />
        </div>
      )}
    </>
  )
}

const nothingWrong: Problems = { at: {}, others: [] }

/** What is wrong with the name, if it was refused for that. */
function nameProblemOf(name: string, error: AppError | null): string | undefined {
  if (error === null) return undefined
  if (!profileName.test(name)) return 'Small letters, digits and hyphens, at most 41.'
  return error.code === 'config.profile-taken' ? 'There is a profile of this name.' : undefined
}

interface RefusedProps {
  readonly error: AppError
  /** Whether every problem is shown at its field. */
  readonly atFields: boolean
  readonly nameProblem: string | undefined
}

function Refused({ error, atFields, nameProblem }: RefusedProps) {
  return (
    <div role="alert" className="profile-wrong">
      <p>{nameProblem === undefined ? error.what : 'It needs another name.'}</p>
      {nameProblem !== undefined || atFields ? (
        <p className="quiet">What is wrong stands at each field.</p>
      ) : (
        <ErrorBlock error={error} />
      )}
    </div>
  )
}

function Way({ kind, shown, profiles }: { kind: 'form' | 'text'; shown: boolean; profiles: Profiles }) {
  return (
    <button
      type="button"
      className="beside-attack"
      aria-current={shown ? 'true' : undefined}
      onClick={() => profiles.showAs(kind)}
    >
      As {kind === 'form' ? 'a form' : 'text'}
    </button>
  )
}
