import { useEffect, useState } from 'react'
import type { PersonaId } from '../../src/core/workflow/scenarios.ts'
import { Button } from '../ui/button.tsx'
import { Knot } from '../ui/knot.tsx'
import { clock } from '../ui/text.ts'
import './login-view.css'

/** An answer to the login. */
export type LoginAnswer = (persona: PersonaId, decision: 'allow' | 'deny') => void

interface LoginViewProps {
  readonly until: string | null
  /** Whom the registration entry will ask for. */
  readonly expected: PersonaId
  /** Who signs in this scenario. */
  readonly signs: PersonaId | null
  readonly onAnswer: LoginAnswer
}

const people: readonly { readonly id: PersonaId; readonly title: string; readonly says: string }[] = [
  { id: 'engineer', title: 'The engineer', says: 'the registration entry will ask for this person' },
  { id: 'intern', title: 'The intern', says: 'a true person of the same house, but not the one that is asked for' },
]

/** Who logs in: the one moment of the story that a person decides. */
export function LoginView({ until, expected, signs, onAnswer }: LoginViewProps) {
  const left = useTimeLeft(until)
  return (
    <section className="login" aria-label="Log in">
      <ul className="login-people">
        {people.map(({ id, title, says }) => (
          <li key={id} className="login-person">
            <Knot shape={id === expected ? 'open' : 'attention'} />
            <div>
              <h2>{title}</h2>
              <p className="mono">{id}@sandbox.example</p>
              <p className="quiet">{says}</p>
            </div>
            <Button onPress={() => onAnswer(id, 'allow')}>Log in as {title.toLowerCase()}</Button>
          </li>
        ))}
      </ul>
      <p className="login-after">
        <button type="button" className="link" onClick={() => onAnswer(signs ?? 'engineer', 'deny')}>
          Refuse to log in
        </button>
        {left === null ? null : (
          <span className="quiet"> The login is open for {clock(left).replace(/\.\d$/, '')} more.</span>
        )}
      </p>
    </section>
  )
}

function useTimeLeft(until: string | null): number | null {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return until === null ? null : Math.max(0, Date.parse(until) - now)
}
