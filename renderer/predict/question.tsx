import { answers } from '../../src/core/workflow/prediction.ts'
import { Words } from '../app/words.tsx'
import { Button } from '../kit/controls/button.tsx'
import './question.css'

interface QuestionProps {
  readonly votes: readonly number[]
  /** A vote; null takes the last one back. */
  readonly onVote: (answer: number | null) => void
  readonly onReveal: () => void
}

const countOf = (votes: readonly number[], key: number): number => votes.filter((vote) => vote === key).length

/** Asks the room for the verdict before it is shown: a press, or a digit, is a vote. */
export function Question({ votes, onVote, onReveal }: QuestionProps) {
  return (
    <>
      <Words
        headline="What will happen?"
        why="The container asks for its identity. Does it get its SVID, or which gate stops it?"
      />
      <div className="predict" role="group" aria-label="Answers">
        {answers.map(({ key, name, asks }) => (
          <button key={key} type="button" className="predict-answer" onClick={() => onVote(key)}>
            <kbd aria-hidden="true">{key}</kbd>
            <span className="predict-name">
              {key === 0 ? name : `Stopped at: ${name}`}
              <span className="predict-asks">{asks}</span>
            </span>
            <span className="predict-count">
              {countOf(votes, key)}
              <span className="hidden"> votes</span>
            </span>
          </button>
        ))}
      </div>
      <p className="predict-foot">
        <span role="status">{votes.length === 1 ? '1 vote' : `${votes.length} votes`}</span>
        <Button onPress={() => onVote(null)}>Take one back</Button>
        <Button primary onPress={onReveal}>
          Reveal
        </Button>
      </p>
    </>
  )
}

/** The votes beside what happened. */
export function Votes({ votes, outcome }: { votes: readonly number[]; outcome: number | null }) {
  const most = Math.max(1, ...answers.map(({ key }) => countOf(votes, key)))
  const right = outcome === null ? 0 : countOf(votes, outcome)
  return (
    <section className="votes" aria-label="Votes">
      <p className="votes-says" role="status">
        {outcome === null
          ? 'Not decided yet'
          : votes.length === 0
            ? 'No votes'
            : `${right} of ${votes.length} ${votes.length === 1 ? 'vote was' : 'votes were'} right`}
      </p>
      <ul className="votes-bars">
        {answers.map(({ key, name }) => (
          <li key={key} className="votes-bar" data-right={key === outcome}>
            <svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
              <rect
                x="0"
                y={24 - (24 * countOf(votes, key)) / most}
                width="100"
                height={(24 * countOf(votes, key)) / most}
              />
            </svg>
            <span>
              {countOf(votes, key)} {key === 0 ? 'SVID' : name}
              {key === outcome ? <span className="hidden">, what happened</span> : null}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
