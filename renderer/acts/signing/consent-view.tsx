import type { Publication } from '../../../src/core/workflow/publication.ts'
import { TimeValue } from '../../kit/controls/time-value.tsx'
import { Value } from '../../kit/controls/value.tsx'
import { Fact, Facts } from '../../kit/facts/facts.tsx'
import './consent-view.css'

interface ConsentViewProps {
  readonly publications: readonly Publication[]
  /** ISO 8601; null until it is answered. */
  readonly agreedAt: string | null
  /** Says no, and selects the sandbox from now on; null if no answer is needed. */
  readonly onUseSandbox: (() => void) | null
}

/** What becomes public, place by place, as it will appear there; values that name a person stand out. */
export function ConsentView({ publications, agreedAt, onUseSandbox }: ConsentViewProps) {
  return (
    <div className="act-picture">
      {agreedAt === null ? null : (
        <Facts>
          <Fact name="Agreed" note="before anything left this machine">
            <TimeValue time={agreedAt} label="time" />
          </Fact>
        </Facts>
      )}
      <ol className="publications" aria-label="What becomes public">
        {longestFirst(publications).map((publication) => (
          <Sheet key={publication.place} {...publication} />
        ))}
      </ol>
      {onUseSandbox === null ? null : (
        <p className="consent-instead">
          <button type="button" className="link" onClick={onUseSandbox}>
            Use the sandbox instead
          </button>
          <span className="quiet"> It shows the same story, and nothing leaves this machine.</span>
        </p>
      )}
    </div>
  )
}

/** What cannot be undone comes first, whatever happens first. */
const longestFirst = (publications: readonly Publication[]): readonly Publication[] =>
  publications.toSorted((one, other) => Number(other.forEver) - Number(one.forEver))

/** One public place, drawn as the document that will be published there. */
function Sheet({ place, at, forEver, fields }: Publication) {
  return (
    <li className="publication" data-for-ever={forEver}>
      <p className="publication-stays">{forEver ? 'Public for ever' : 'Public until you delete it'}</p>
      <h2>{place}</h2>
      <p className="publication-at mono">
        <Value value={at} label={`address of ${place}`} />
      </p>
      <dl>
        {fields.map(({ name, value, personal }) => (
          <div key={name} className="publication-field" data-personal={personal}>
            <dt>{name}</dt>
            <dd>
              {personal ? (
                <>
                  <strong className="publication-you mono">{value}</strong> <span>this is you</span>
                </>
              ) : (
                value
              )}
            </dd>
          </div>
        ))}
      </dl>
    </li>
  )
}
