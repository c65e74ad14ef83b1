import { buildIssuer, buildSubject } from '../../../src/core/workflow/build-system.ts'
import { type PersonaId, type PersonId, personaEmail } from '../../../src/core/workflow/scenarios.ts'
import { Button } from '../../kit/controls/button.tsx'
import { Knot } from '../../kit/digest/knot.tsx'
import { minutes, visible } from '../../kit/text/text.ts'
import './login-view.css'

/** An answer to the login. */
export type LoginAnswer = (persona: PersonaId, decision: 'allow' | 'deny') => void

interface LoginViewProps {
  readonly until: string | null
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The signer that the registration entry will require. */
  readonly expected: PersonId
  /** Who signs in this scenario. */
  readonly signs: PersonId
  /** The login's issuer, and whether the entry will require it; null before that is known. */
  readonly at: { readonly issuer: string; readonly expected: boolean } | null
  /** Null in a recording: the login has been answered. */
  readonly onAnswer: LoginAnswer | null
}

const people: readonly { readonly id: PersonId; readonly title: string; readonly says: string }[] = [
  { id: 'engineer', title: 'The engineer', says: 'signs for this team' },
  { id: 'intern', title: 'The intern', says: 'signs too, but for no one else' },
]

/** Who logs in: the one decision of the story that a person makes. */
export function LoginView({ until, now, expected, signs, at, onAnswer }: LoginViewProps) {
  const left = until === null ? null : Math.max(0, Date.parse(until) - now)
  return (
    <section className="login" aria-label="Log in">
      {at === null ? null : (
        <p className="login-at">
          <span className="mono">{visible(at.issuer)}</span> asks.{' '}
          {at.expected
            ? 'The registration entry will require this issuer.'
            : 'Fulcio trusts it as well, but the registration entry will require another issuer.'}
        </p>
      )}
      <ul className="login-people">
        {people.map(({ id, title, says }) => (
          <li key={id} className="login-person">
            <Knot shape="open" />
            <div>
              <h2>{title}</h2>
              <p className="mono">{personaEmail(id)}</p>
              <p className="quiet">
                {says}
                {id === expected ? '; the registration entry will require this person' : ''}
              </p>
            </div>
            {onAnswer === null ? (
              id === signs && <p className="quiet">logs in</p>
            ) : (
              <Button onPress={() => onAnswer(id, 'allow')}>Log in as {title.toLowerCase()}</Button>
            )}
          </li>
        ))}
        {at?.expected === true && onAnswer !== null ? (
          <li className="login-person">
            <Knot shape="open" />
            <div>
              <h2>The build system</h2>
              <p className="mono">{buildSubject}</p>
              <p className="quiet">
                does not log in: it brings a token of <span className="mono">{visible(buildIssuer(at.issuer))}</span>.{' '}
                {signs === expected
                  ? 'If it signs, the registration entry will require it'
                  : 'The registration entry will not accept it'}
              </p>
            </div>
            <Button onPress={() => onAnswer('ci', 'allow')}>Sign as the build system</Button>
          </li>
        ) : null}
      </ul>
      <p className="login-after">
        {onAnswer === null ? null : (
          <button type="button" className="link" onClick={() => onAnswer(signs, 'deny')}>
            Refuse to log in
          </button>
        )}
        {left === null ? null : <span className="quiet"> The login is open for {minutes(left)} more.</span>}
      </p>
    </section>
  )
}
