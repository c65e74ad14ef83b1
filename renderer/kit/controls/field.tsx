import { type ReactNode, useId } from 'react'
import { maskedText } from '../text/masking.ts'
import { visible } from '../text/text.ts'
import './field.css'

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  /** What to enter here, or its consequence. */
  readonly hint?: ReactNode
  /** Why it was not accepted. */
  readonly problem?: string | undefined
  /** A machine-readable value. */
  readonly mono?: boolean
  readonly readOnly?: boolean
  /** Many lines. */
  readonly lines?: number
  /** Long lines are broken: it is prose. */
  readonly wraps?: boolean
}

/** A text to be typed, with its name over it and what is wrong under it. */
export function Field({
  label,
  value,
  onChange,
  hint,
  problem,
  mono = false,
  readOnly = false,
  lines,
  wraps = false,
}: FieldProps) {
  const id = useId()
  const shown = maskedText(value)
  const masks = shown !== value
  const shared = {
    id,
    value: shown,
    // A mask must not be saved in place of the value.
    readOnly: readOnly || masks,
    className: mono ? 'field-input mono' : 'field-input',
    spellCheck: false,
    autoComplete: 'off',
    autoCapitalize: 'none',
    'aria-invalid': problem !== undefined,
    'aria-describedby': `${id}-problem ${id}-hint`,
    onChange: ({ target }: { readonly target: { readonly value: string } }) => onChange(target.value),
  }
  return (
    <div className="field" data-problem={problem !== undefined}>
      <label className="field-label" htmlFor={id}>
        {visible(label)}
      </label>
      {lines === undefined ? (
        <input type="text" {...shared} />
      ) : (
        <textarea rows={lines} wrap={wraps ? 'soft' : 'off'} {...shared} />
      )}
      <p id={`${id}-problem`} className="field-problem">
        {problem === undefined ? null : visible(problem)}
      </p>
      <p id={`${id}-hint`} className="field-hint">
        {masks
          ? 'Masked: press M outside a field to show and change it.'
          : typeof hint === 'string'
            ? visible(hint)
            : hint}
      </p>
    </div>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly value: string
  readonly choices: readonly { readonly value: string; readonly label: string }[]
  readonly onChange: (value: string) => void
  readonly hint?: ReactNode
  readonly problem?: string | undefined
}

/** A choice of one from a few. */
export function Choice({ label, value, choices, onChange, hint, problem }: ChoiceProps) {
  const id = useId()
  return (
    <fieldset className="field choice" data-problem={problem !== undefined} aria-describedby={`${id}-more`}>
      <legend className="field-label">{label}</legend>
      <div className="choice-row">
        {choices.map((each) => (
          <label key={each.value} className="choice-one">
            <input type="radio" name={id} checked={each.value === value} onChange={() => onChange(each.value)} />
            {each.label}
          </label>
        ))}
      </div>
      <p id={`${id}-more`} className={problem === undefined ? 'field-hint' : 'field-problem'}>
        {problem === undefined ? hint : visible(problem)}
      </p>
    </fieldset>
  )
}
