import type { ReactNode } from 'react'
import { Value } from '../controls/value.tsx'
import { DigestStrip } from '../digest/digest-strip.tsx'
import { Knot, type KnotShape } from '../digest/knot.tsx'
import { Foreign } from '../text/foreign.tsx'
import './story.css'

// What an act shows at depth `story`. Every fact carries `data-fact`: a test counts them, at most seven a page. A chain
// of knots is one picture, and the result is one fact.

interface StoryProps {
  /** One picture. */
  readonly children: ReactNode
  readonly result?: ReactNode
}

/** One picture, and one result below it, in the same places on every page. */
export function Story({ children, result }: StoryProps) {
  return (
    <div className="story">
      <div className="story-picture">{children}</div>
      {result}
    </div>
  )
}

interface StoryResultProps {
  /** The result in a few words, or its name before a value. */
  readonly says: string
  readonly value?: string
  readonly label?: string
  /** What is added in words. */
  readonly more?: string
  /** There is none: a dashed place. */
  readonly empty?: boolean
  readonly tone?: 'thread' | 'cut' | 'ink'
}

/** The result in its frame, or the dashed place where it would be. */
export function StoryResult({ says, value, label = says, more, empty = false, tone = 'ink' }: StoryResultProps) {
  return (
    <section className="story-result" aria-label="Result" data-empty={empty} data-tone={tone} data-fact>
      <p className="story-says">
        <Foreign text={says} />
      </p>
      {value === undefined ? null : (
        <p className="story-value">
          <Value value={value} label={label} short={isLong(value)} />
        </p>
      )}
      {more === undefined ? null : (
        <p className="story-more">
          <Foreign text={more} />
        </p>
      )}
    </section>
  )
}

/** Only hashes are shortened. */
const isLong = (value: string): boolean => /^(?:sha256:)?[0-9a-f]{40,}$/.test(value)

/** Skylines to compare, one right above the other. */
export const Skylines = ({ children }: { children: ReactNode }) => <div className="skylines">{children}</div>

interface SkylineProps {
  readonly name: string
  /** A digest; null where there is none. */
  readonly digest: string | null
  /** In words: the same, another image. */
  readonly says?: string
  readonly tone?: 'thread' | 'ink' | 'cut'
  /** Show the hex too; words are enough for one that is the same as above. */
  readonly hex?: boolean
}

/** A digest as a skyline that can be compared from the last row. */
export function Skyline({ name, digest, says, tone = 'ink', hex = true }: SkylineProps) {
  return (
    <div className="skyline" data-tone={tone} data-fact>
      <span className="skyline-name">
        <Foreign text={name} />
      </span>
      <span className="skyline-bars">{digest === null ? null : <DigestStrip digest={digest} tone={tone} />}</span>
      <span className="skyline-says">
        {says === undefined ? null : <Foreign text={says} />}
        {digest === null || !hex ? null : <Value value={digest} label={name} short />}
      </span>
    </div>
  )
}

/** One knot of a chain. */
export interface Link {
  readonly id: string
  readonly name: string
  readonly state: 'passed' | 'cut' | 'open' | 'absent' | 'attention' | 'current'
  /** The state in words, for screen readers, and below a knot that is not simply passed. */
  readonly word: string
  readonly note?: string
}

interface ChainProps {
  readonly links: readonly Link[]
  readonly label: string
  /** They do not build on each other: no thread runs from one to the next. */
  readonly parallel?: boolean
}

/** The thread with its knots, from left to right, cut where it is cut. */
export function Chain({ links, label, parallel = false }: ChainProps) {
  return (
    <ol className="chain" aria-label={label} data-parallel={parallel}>
      {links.map(({ id, name, state, word, note }) => (
        <li key={id} className="chain-link" data-state={state}>
          <Knot shape={state satisfies KnotShape} />
          <span className="chain-name">
            <Foreign text={name} />
          </span>
          {note === undefined ? <span className="hidden">, {word}</span> : null}
          {note === undefined ? null : (
            <span className="chain-note">
              <span className="hidden">{word}: </span>
              <Foreign text={note} />
            </span>
          )}
        </li>
      ))}
    </ol>
  )
}

interface StoryFactProps {
  readonly name: string
  readonly value: string
  readonly note?: string
  /** Not a value of a machine, but words. */
  readonly words?: boolean
  readonly state?: 'cut' | 'passed' | 'open'
}

/** A few named values, large. */
export function StoryFacts({ facts }: { facts: readonly StoryFactProps[] }) {
  return (
    <dl className="story-facts">
      {facts.map(({ name, value, note, words = false, state }) => (
        <div key={name} className="story-fact" data-state={state} data-fact>
          <dt>
            {state === undefined ? null : <Knot shape={state} />}
            <Foreign text={name} />
          </dt>
          <dd>
            {words ? <Foreign text={value} /> : <Value value={value} label={name} short={isLong(value)} />}
            {note === undefined ? null : (
              <span className="story-note">
                <Foreign text={note} />
              </span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}
