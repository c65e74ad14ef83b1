import { useEffect, useRef, useState } from 'react'
import type { ListedProfile } from '../../src/core/contract/contract.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import { serviceCheckNames } from '../acts/machine/machine-view.tsx'
import { Ask } from '../kit/controls/ask.tsx'
import { Button } from '../kit/controls/button.tsx'
import { Field } from '../kit/controls/field.tsx'
import { Knot, type KnotShape } from '../kit/digest/knot.tsx'
import { Checks } from '../kit/facts/checks.tsx'
import { ErrorBlock } from '../kit/facts/error-block.tsx'
import { visible } from '../kit/text/text.ts'
import { askedFor, type Looked, profileMeans, sandboxFirst } from './meaning.ts'
import './profile-list.css'

interface ProfileListProps {
  readonly profiles: readonly ListedProfile[]
  /** The active one. */
  readonly used: string
  readonly looked: Readonly<Record<string, Looked>>
  readonly saved: string | null
  /** What choosing another one ends. */
  readonly ends: 'a run' | 'a session' | null
  readonly onUse: (name: string) => void
  readonly onCheck: (name: string) => void
  readonly onEdit: (name: string, copy: boolean) => void
  readonly onFill: (name: string, values: Readonly<Record<string, string>>) => Promise<AppError | null>
}

/** The environments to choose from: what each means, what keeps it from being used, and the result of its check. */
export function ProfileList(props: ProfileListProps) {
  return (
    <ul className="profiles" aria-label="Profiles">
      {sandboxFirst(props.profiles).map((profile) => (
        <ProfileRow key={profile.name} {...props} listed={profile} />
      ))}
    </ul>
  )
}

function ProfileRow({
  listed,
  used,
  looked,
  saved,
  ends,
  onUse,
  onCheck,
  onEdit,
  onFill,
}: ProfileListProps & { listed: ListedProfile }) {
  const { name, profile, ships, asks, problem } = listed
  const row = useRef<HTMLLIElement>(null)
  const isSaved = saved === name
  useEffect(() => {
    if (isSaved) row.current?.scrollIntoView({ block: 'nearest' })
  }, [isSaved])
  const inUse = used === name
  const title = profile?.title ?? name
  const services = profile?.kind === 'services'
  const found = looked[name]
  const more = <span className="hidden"> {visible(title)}</span>
  return (
    <li className="profile" ref={row} data-public={profile?.public === true}>
      <Knot shape={shapeOf(listed, inUse)} />
      <div className="profile-words">
        <h2>
          {visible(title)} <span className="profile-name mono">{visible(name)}</span>
          {profile?.public === true ? <span className="profile-public">PUBLIC</span> : null}
        </h2>
        <p>{profile === null ? 'The file of this name is not a profile.' : profileMeans(profile)}</p>
        <p className="profile-links" role="status">
          <span className="quiet">{ships ? 'came with this program' : 'your own'}</span>
          {isSaved ? <strong>Saved.</strong> : null}
        </p>
      </div>
      <div className="profile-buttons">
        {inUse ? (
          <p className="profile-used">in use</p>
        ) : problem !== null ? null : (
          <Use ends={ends} title={title} onUse={() => onUse(name)} />
        )}
        {services && problem === null ? <Button onPress={() => onCheck(name)}>Check{more}</Button> : null}
        {ships ? (
          services && (
            <Button onPress={() => onEdit(name, true)}>
              Make one like it<span className="hidden">: {visible(title)}</span>
            </Button>
          )
        ) : (
          <Button onPress={() => onEdit(name, false)}>Edit{more}</Button>
        )}
      </div>
      <div className="profile-more">
        {asks.length === 0 ? null : <Asked listed={listed} onFill={onFill} />}
        {problem === null || problem.code === 'config.profile-unset' ? null : <ErrorBlock error={problem} />}
        {found === undefined ? null : <Found title={title} found={found} />}
      </div>
    </li>
  )
}

function shapeOf({ problem, profile }: ListedProfile, inUse: boolean): KnotShape {
  if (profile === null) return 'cut'
  if (inUse) return 'current'
  return problem === null ? 'open' : 'absent'
}

/** Chooses a profile; the consequence is stated first. */
function Use({ ends, title, onUse }: Pick<ProfileListProps, 'ends'> & { title: string; onUse: () => void }) {
  if (ends === null)
    return (
      <Button onPress={onUse}>
        Use<span className="hidden"> {visible(title)}</span>
      </Button>
    )
  return (
    <Ask
      label={`Use ${visible(title)}`}
      shown="Use"
      choices={[{ label: ends === 'a run' ? 'Cancel the run and use it' : 'Use it now', onPress: onUse }]}
    >
      <dl className="goes">
        <dt>goes</dt>
        <dd>
          {ends === 'a run' ? 'the run that is under way, ' : ''}the runs in this window, the services and containers of
          this session, and SPIRE with its keys and entries
        </dd>
        <dt>stays</dt>
        <dd>what was pushed and signed, and each run’s event log on disk</dd>
      </dl>
    </Ask>
  )
}

/** The values that a profile leaves to its user. */
function Asked({
  listed: { name, asks, profile },
  onFill,
}: {
  listed: ListedProfile
  onFill: ProfileListProps['onFill']
}) {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const [refused, setRefused] = useState<AppError | null>(null)
  const valueOf = (id: string): string => typed[id] ?? asks.find((each) => each.name === id)?.value ?? ''
  const changed = asks.filter(({ name: id, value }) => valueOf(id).trim() !== (value ?? ''))
  const save = () =>
    void onFill(name, Object.fromEntries(changed.map(({ name: id }) => [id, valueOf(id).trim()]))).then((error) => {
      setRefused(error)
      // The effective value is shown.
      if (error === null || error.code === 'config.profile-environment') setTyped({})
    })
  return (
    <form
      className="profile-asks"
      aria-label={`Values for ${visible(profile?.title ?? name)}`}
      onSubmit={(event) => {
        event.preventDefault()
        if (changed.length > 0) save()
      }}
    >
      {asks.map(({ name: id, value }) => {
        const [label, hint] = askedFor(id, profile)
        return (
          <Field
            key={id}
            label={label}
            hint={value === null ? `Needed before it can be used. ${hint}` : hint}
            value={valueOf(id)}
            onChange={(text) => setTyped({ ...typed, [id]: text })}
            mono
          />
        )
      })}
      <p className="profile-fill">
        {changed.length === 0 ? null : (
          <button type="submit" className="button">
            Keep these values
          </button>
        )}
      </p>
      {refused === null ? null : (
        <div role="alert" className="profile-refused">
          <p>{visible(refused.what)}</p>
          <ErrorBlock error={refused} />
        </div>
      )}
    </form>
  )
}

/** The result of checking its services. */
function Found({ title, found }: { title: string; found: Looked }) {
  return (
    <section aria-label={`What ${visible(title)} answers`} aria-live="polite">
      {found.state === 'asking' ? (
        <p className="quiet">Each service is asked for its public information. Nothing is signed.</p>
      ) : found.state === 'failed' ? (
        <ErrorBlock error={found.error} />
      ) : (
        <Checks
          checks={found.checks.map(({ remedy, ...check }) => (remedy === undefined ? check : { ...check, remedy }))}
          names={serviceCheckNames}
          label={`Checks of ${visible(title)}`}
          parallel
        />
      )}
    </section>
  )
}
