import { type PointerEvent, useEffect, useReducer, useState } from 'react'
import type { PresenterView, PresenterWindow, TalkPress } from '../../src/core/contract/presenting.ts'
import { scenarios } from '../../src/core/workflow/scenarios.ts'
import { acts } from '../acts/table.ts'
import { useKeys } from '../app/use-keys.ts'
import { useNow } from '../app/use-now.ts'
import { KeyHelp } from '../dialogs/key-help.tsx'
import { Button } from '../kit/controls/button.tsx'
import { ErrorBlock } from '../kit/facts/error-block.tsx'
import { Foreign } from '../kit/text/foreign.tsx'
import { keysInTalk, talkKeys } from '../talk/keys.ts'
import { NoteText } from './note-text.tsx'
import { Clock } from './talk-clock.tsx'
import './presenter.css'

/** What the presenter sees: the audience's window, what comes next and what it does, the time, and the notes. */
export function PresenterPage({ window }: { window: PresenterWindow }) {
  const [view, setView] = useState<PresenterView | null>(null)
  const [keys, toggleKeys] = useReducer((open: boolean) => !open, false)
  const now = useNow(undefined, false)
  useEffect(() => {
    const end = window.onView(setView)
    void window.send({ kind: 'talk-watch' })
    return end
  }, [window])
  const press = (what: TalkPress) => void window.send({ kind: 'talk-press', what })
  useKeys({
    ...talkKeys(
      press,
      (depth) => void window.send({ kind: 'talk-depth', depth }),
      (answer) => void window.send({ kind: 'talk-vote', answer }),
    ),
    n: () => void window.send({ kind: 'talk-audience' }),
    m: () => void window.send({ kind: 'talk-mask' }),
    '?': toggleKeys,
  })
  if (view === null) return <p className="presenter-none">No talk is given.</p>
  const { notes } = view
  return (
    <main className="presenter">
      <h1 className="hidden">
        Presenter: <Foreign text={view.view.title} />
      </h1>
      <section className="presenter-shown" aria-label="On the screen">
        <Screen view={view} onPoint={(to) => void window.send({ kind: 'talk-point', to })} />
        <Next view={view} />
        {view.net === null ? null : (
          <p className="presenter-net" role="alert">
            <Foreign text={view.net.says} />{' '}
            <Button onPress={() => press('net')}>{view.net.back ? 'Back to live R' : 'Show the rehearsal R'}</Button>
          </p>
        )}
        <div className="presenter-keys">
          <Button onPress={() => press('back')}>Back ←</Button>
          {/* The second press of a double click is none of its own. */}
          <Button primary grave={view.view.asks !== null} onPress={() => press('next')}>
            {view.view.asks === null ? 'Next →' : 'Yes, do it →'}
          </Button>
          <Button onPress={() => press('blank')}>{view.view.blank ? 'Show B' : 'Blank B'}</Button>
          <Button onPress={() => press('zoom')}>{view.view.zoomed ? 'Whole page Z' : 'Zoom Z'}</Button>
          <Button onPress={() => void window.send({ kind: 'talk-mask' })}>Mask M</Button>
          {view.oneDisplay ? (
            <Button onPress={() => void window.send({ kind: 'talk-audience' })}>The audience’s window N</Button>
          ) : null}
          <Button onPress={() => press('end')}>End the talk</Button>
          <Button onPress={toggleKeys}>Keys ?</Button>
        </div>
        <p className="presenter-share">
          Sharing your screen? Share one window, the audience’s. This system cannot leave this window out of a shared
          screen.
        </p>
      </section>
      <section className="presenter-words" aria-label="Notes">
        <Clock view={view} now={now} />
        {view.problem === null ? null : (
          <div role="alert">
            <p className="presenter-problem">
              <Foreign text={view.problem.what} />
            </p>
            <ErrorBlock error={view.problem} />
          </div>
        )}
        <h2 className="presenter-label">Notes</h2>
        <NoteText text={view.view.at < 0 ? titleNotes(view) : notes} />
      </section>
      {keys ? <KeyHelp keys={keysInTalk} onClose={toggleKeys} /> : null}
    </main>
  )
}

const titleNotes = ({ view, wholeMs }: PresenterView): string =>
  `The title is on the screen. The talk has ${view.count} stops; ${wholeMs / 60_000} minutes are planned.\n\nPress Next when the room is ready: the clock starts with the first stop.`

/** The audience's window as a picture; moving over it points there. */
function Screen({
  view: { view, picture },
  onPoint,
}: {
  view: PresenterView
  onPoint: (to: { x: number; y: number } | null) => void
}) {
  const point = ({ currentTarget, clientX, clientY }: PointerEvent) => {
    const { left, top, width, height } = currentTarget.getBoundingClientRect()
    const part = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000
    onPoint({ x: part((clientX - left) / width), y: part((clientY - top) / height) })
  }
  return (
    <>
      <p className="presenter-label presenter-row">
        <span>On the screen{view.blank ? ': blank' : ''}</span>
        <span>
          {view.stop === null
            ? 'the title'
            : `${scenarios[view.stop.scenario].title} · stop ${view.at + 1} of ${view.count}`}
        </span>
      </p>
      <div className="presenter-screen" onPointerMove={point} onPointerLeave={() => onPoint(null)}>
        {picture === 0 ? null : (
          <img src={`./audience.png?${picture}`} alt="The audience’s window now" draggable={false} />
        )}
      </div>
    </>
  )
}

/** What comes next, and what the press does outside the program. */
function Next({ view: { next, press, view } }: { view: PresenterView }) {
  return (
    <div className="presenter-next">
      <p className="presenter-label">Next</p>
      <p className="presenter-next-title">
        {view.prediction?.revealed === false
          ? 'The verdict'
          : next === null
            ? 'The end'
            : `${scenarios[next.scenario].title}: ${acts[next.act].title.toLowerCase()}`}
      </p>
      {view.prediction === null || view.prediction.revealed ? null : (
        <p className="presenter-votes">
          The room votes: keys 0 to 7, one press a vote; Backspace takes one back. {view.prediction.votes.length} so
          far.
        </p>
      )}
      <p className="presenter-effect" data-effect={press.effect} role="status">
        {press.effect ? <span aria-hidden="true">▲ </span> : null}
        {view.asks === null ? null : <strong>Press Next once more: </strong>}
        <Foreign text={press.says} />
      </p>
    </div>
  )
}
