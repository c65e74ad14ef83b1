import { useId } from 'react'
import { actIds, depths } from '../../src/core/workflow/acts.ts'
import { scenarioIds, scenarios } from '../../src/core/workflow/scenarios.ts'
import { talkBounds, talkName } from '../../src/core/workflow/talk/schema.ts'
import { acts } from '../acts/table.ts'
import { Footer } from '../app/frame/footer.tsx'
import { Problem } from '../app/problem.tsx'
import { Words } from '../app/words.tsx'
import { useLeaveForm } from '../dialogs/leave-form.tsx'
import { Field } from '../kit/controls/field.tsx'
import { visible } from '../kit/text/text.ts'
import { type DraftPart, type DraftStop, emptyPart, emptyStop, moved, plannedIn, type TalkDraft } from './draft.ts'
import { type EditedTalk, isTalkChanged, type Talks } from './use-talks.ts'
import './talks.css'

/** One talk as a form. */
export function TalkWriting({ editing, talks }: { editing: EditedTalk; talks: Talks }) {
  const { name, existing, draft, error } = editing
  const { leave, dialog } = useLeaveForm(isTalkChanged(editing), talks.leave)
  const change = (next: Partial<TalkDraft>) => talks.change({ draft: { ...draft, ...next } })
  const parts = (next: readonly DraftPart[]) => change({ parts: next })
  const nameProblem = name === '' || talkName.test(name) ? undefined : 'small letters, digits and hyphens'
  return (
    <>
      <main className="stage" id="stage">
        <Words
          headline={existing ? `Change ${visible(name)}` : 'A talk of your own'}
          why="Each part shows one scenario; each stop one act of it, with what you say there. Notes are shown in the presenter window only."
        />
        <Problem problem={error} />
        <div className="talk-form">
          <Field label="Title" value={draft.title} onChange={(title) => change({ title })} />
          {existing ? null : (
            <Field
              label="File"
              value={name}
              onChange={(next) => talks.change({ name: next })}
              problem={nameProblem}
              mono
            />
          )}
          <Field
            label="Minutes"
            value={draft.minutes}
            onChange={(minutes) => change({ minutes })}
            hint={`the stops take ${plannedIn(draft)} together`}
          />
          {draft.parts.map((part, at) => (
            <PartForm
              key={part.id}
              part={part}
              number={at + 1}
              onPart={(next) => parts(draft.parts.map((each) => (each.id === part.id ? next : each)))}
              onMove={(by) => parts(moved(draft.parts, at, by))}
              onRemove={draft.parts.length < 2 ? null : () => parts(draft.parts.filter(({ id }) => id !== part.id))}
            />
          ))}
          <p>
            <button type="button" className="link" onClick={() => parts([...draft.parts, emptyPart()])}>
              Add a part
            </button>
          </p>
        </div>
        {dialog}
      </main>
      <Footer
        position="Talks"
        step={null}
        move={{ label: 'Save' }}
        onMove={talks.save}
        others={[{ label: 'Cancel', onPress: leave }]}
      />
    </>
  )
}

interface PartFormProps {
  readonly part: DraftPart
  readonly number: number
  readonly onPart: (part: DraftPart) => void
  readonly onMove: (by: 1 | -1) => void
  readonly onRemove: (() => void) | null
}

function PartForm({ part, number, onPart, onMove, onRemove }: PartFormProps) {
  const stops = (next: readonly DraftStop[]) => onPart({ ...part, stops: next })
  return (
    <fieldset className="talk-part">
      <legend>Part {number}</legend>
      <Pick
        label="Scenario"
        value={part.scenario}
        choices={scenarioIds.map((id) => [id, scenarios[id].title] as const)}
        onPick={(scenario) => onPart({ ...part, scenario })}
      />
      <Order what={`part ${number}`} onMove={onMove} onRemove={onRemove} />
      {part.stops.map((stop, at) => (
        <StopForm
          key={stop.id}
          stop={stop}
          number={`${number}.${at + 1}`}
          onStop={(next) => stops(part.stops.map((each) => (each.id === stop.id ? next : each)))}
          onMove={(by) => stops(moved(part.stops, at, by))}
          onRemove={part.stops.length < 2 ? null : () => stops(part.stops.filter(({ id }) => id !== stop.id))}
        />
      ))}
      <p>
        <button type="button" className="link" onClick={() => stops([...part.stops, emptyStop()])}>
          Add a stop<span className="hidden"> to part {number}</span>
        </button>
      </p>
    </fieldset>
  )
}

interface StopFormProps {
  readonly stop: DraftStop
  readonly number: string
  readonly onStop: (stop: DraftStop) => void
  readonly onMove: (by: 1 | -1) => void
  readonly onRemove: (() => void) | null
}

function StopForm({ stop, number, onStop, onMove, onRemove }: StopFormProps) {
  const long = stop.notes.length > talkBounds.notes
  return (
    <fieldset className="talk-stop">
      <legend>Stop {number}</legend>
      <div className="talk-stop-row">
        <Pick
          label="Act"
          value={stop.act}
          choices={actIds.map((id) => [id, acts[id].title] as const)}
          onPick={(act) => onStop({ ...stop, act })}
        />
        <Pick
          label="Depth"
          value={stop.depth}
          choices={depths.map((id) => [id, id] as const)}
          onPick={(depth) => onStop({ ...stop, depth })}
        />
        <Field label="Minutes" value={stop.minutes} onChange={(minutes) => onStop({ ...stop, minutes })} />
        {stop.act === 'attest' ? (
          <label className="talk-predict">
            <input
              type="checkbox"
              checked={stop.predict}
              onChange={({ target }) => onStop({ ...stop, predict: target.checked })}
            />
            Ask first
          </label>
        ) : null}
        <Order what={`stop ${number}`} onMove={onMove} onRemove={onRemove} />
      </div>
      <Field
        label="Notes"
        value={stop.notes}
        onChange={(notes) => onStop({ ...stop, notes })}
        lines={5}
        wraps
        problem={long ? `${stop.notes.length} characters; at most ${talkBounds.notes}` : undefined}
      />
    </fieldset>
  )
}

interface PickProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly choices: readonly (readonly [value: T, label: string])[]
  readonly onPick: (value: T) => void
}

function Pick<T extends string>({ label, value, choices, onPick }: PickProps<T>) {
  const id = useId()
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className="talk-pick"
        value={value}
        onChange={({ target }) => onPick(choices.find(([each]) => each === target.value)?.[0] ?? value)}
      >
        {choices.map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
    </div>
  )
}

interface OrderProps {
  readonly what: string
  readonly onMove: (by: 1 | -1) => void
  readonly onRemove: (() => void) | null
}

function Order({ what, onMove, onRemove }: OrderProps) {
  return (
    <p className="talk-order">
      <button type="button" className="link" onClick={() => onMove(-1)}>
        Up<span className="hidden">: {what}</span>
      </button>
      <button type="button" className="link" onClick={() => onMove(1)}>
        Down<span className="hidden">: {what}</span>
      </button>
      {onRemove === null ? null : (
        <button type="button" className="link" onClick={onRemove}>
          Remove<span className="hidden"> {what}</span>
        </button>
      )}
    </p>
  )
}
