import type { ReactNode } from 'react'
import { clock, seconds } from '../kit/text/text.ts'
import { actOf, clockOf, nextStop, type Player, type PlayerMove, type Speed, shortenedWait, speeds } from './player.ts'
import type { Tape } from './tape.ts'
import './bar.css'

interface ReplayBarProps {
  readonly tape: Tape
  readonly player: Player
  readonly onMove: (what: PlayerMove) => void
  /** What happens in the program meanwhile. */
  readonly live: ReactNode
}

/** The replay controls: by step, by event, to any place; and play. */
export function ReplayBar({ tape, player, onMove, live }: ReplayBarProps) {
  const { position, playing } = player
  const atBegin = position === 1 && nextStop(player, tape, -1) === undefined
  const atEnd = position === tape.length
  return (
    <section className="replay-bar" aria-label="Replay">
      <div className="replay-wind" role="group" aria-label="Wind">
        <Wind
          name="To the start"
          path="M4 3v10M13 3 6 8l7 5z"
          off={atBegin}
          onPress={() => onMove({ kind: 'seek', position: 1 })}
        />
        <Wind
          name="Previous step"
          path="M8 3 2 8l6 5zM14 3 8 8l6 5z"
          off={nextStop(player, tape, -1) === undefined}
          onPress={() => onMove({ kind: 'step', by: -1 })}
        />
        <Wind
          name="Previous event"
          path="M11 3 5 8l6 5z"
          off={position === 1}
          onPress={() => onMove({ kind: 'seek', position: position - 1 })}
        />
        <button
          type="button"
          className="button replay-play"
          onClick={() => onMove({ kind: playing ? 'pause' : 'play' })}
        >
          <Shape path={playing ? 'M5 3v10M11 3v10' : 'M5 3l8 5-8 5z'} />
          {playing ? 'Pause' : 'Play'}
        </button>
        <Wind
          name="Next event"
          path="M5 3l6 5-6 5z"
          off={atEnd}
          onPress={() => onMove({ kind: 'seek', position: position + 1 })}
        />
        <Wind
          name="Next step"
          path="M2 3l6 5-6 5zM8 3l6 5-6 5z"
          off={nextStop(player, tape, 1) === undefined}
          onPress={() => onMove({ kind: 'step', by: 1 })}
        />
        <Wind
          name="To the end"
          path="M12 3v10M3 3l7 5-7 5z"
          off={atEnd}
          onPress={() => onMove({ kind: 'seek', position: tape.length })}
        />
      </div>
      <Scrubber tape={tape} player={player} onMove={onMove} />
      <label className="replay-speed">
        <span className="quiet small">Speed</span>
        <select value={player.speed} onChange={({ target }) => onMove({ kind: 'speed', speed: speedOf(target.value) })}>
          {speeds.map((each) => (
            <option key={each} value={each}>
              {each === 'reading' ? 'as fast as it reads' : `${each}×`}
            </option>
          ))}
        </select>
      </label>
      <Notices tape={tape} player={player} live={live} />
    </section>
  )
}

const speedOf = (value: string): Speed => speeds.find((each) => each === value) ?? 'reading'

interface WindProps {
  readonly name: string
  readonly path: string
  /** At the end the button stays in place and keeps the focus. */
  readonly off: boolean
  readonly onPress: () => void
}

function Wind({ name, path, off, onPress }: WindProps) {
  return (
    <button
      type="button"
      className="replay-button"
      aria-label={name}
      title={name}
      aria-disabled={off}
      onClick={off ? undefined : onPress}
    >
      <Shape path={path} />
    </button>
  )
}

const Shape = ({ path }: { path: string }) => (
  <svg className="replay-shape" viewBox="0 0 16 16" aria-hidden="true">
    <path d={path} />
  </svg>
)

/** The whole recording as a line with its stops; an arrow key moves one event. */
function Scrubber({ tape, player, onMove }: Omit<ReplayBarProps, 'live'>) {
  const title = tape.stops.find(({ act }) => act === actOf(player, tape))?.title ?? ''
  const elapsed = clock(clockOf(player, tape) - tape.timeAt(1))
  const whole = clock(tape.timeAt(tape.length) - tape.timeAt(1))
  const share = (position: number): number => (tape.length < 2 ? 0 : (position - 1) / (tape.length - 1))
  const places = [...new Set(tape.stops.map(({ position }) => position))]
  return (
    <div className="replay-scrubber">
      <input
        type="range"
        min={1}
        max={tape.length}
        value={player.position}
        aria-label="Place in the recording"
        aria-valuetext={`${title}, event ${player.position} of ${tape.length}, ${elapsed}`}
        onChange={({ target }) => onMove({ kind: 'seek', position: Number(target.value) })}
      />
      <svg className="replay-stops" viewBox="0 0 1000 6" preserveAspectRatio="none" aria-hidden="true">
        {places.map((position) => (
          <path key={position} d={`M${(share(position) * 1000).toFixed(1)} 0v6`} />
        ))}
      </svg>
      <p className="replay-place mono">
        <span>
          {elapsed} of {whole}
        </span>
        <span>
          event {player.position} of {tape.length}
        </span>
      </p>
    </div>
  )
}

function Notices({ tape, player, live }: Omit<ReplayBarProps, 'onMove'>) {
  const wait = shortenedWait(player, tape)
  const { missing } = tape.recording
  return (
    <div className="replay-notices">
      {missing === null ? null : <p className="replay-caution">{missing.what}</p>}
      {wait === null ? null : (
        <p className="replay-caution">
          This took {seconds(wait.tookMs)}; it is shown in {seconds(wait.shownMs)}.
        </p>
      )}
      {live}
    </div>
  )
}
