import type { About, ServiceRow } from '../../../src/core/contract/changes.ts'
import type { Profile } from '../../../src/core/workflow/profile.ts'
import { serviceWords } from '../../acts/machine/services-view.tsx'
import { AboutButton } from '../../dialogs/about-dialog.tsx'
import { KeysButton } from '../../dialogs/key-help.tsx'
import { ReplayMark } from '../../kit/facts/replay-mark.tsx'
import { useMasking } from '../../kit/text/masking.ts'
import { clock, shorten, visible } from '../../kit/text/text.ts'
import { zones } from '../../kit/text/times.ts'
import { useTimes, useZone } from '../../kit/text/zone.tsx'
import { placeName } from '../../profiles/meaning.ts'
import { DepthChoice, type DepthChoiceProps } from './depth-choice.tsx'
import './header.css'

/** The three themes, and the machine's own choice. */
export const themes = ['system', 'light', 'dark', 'projector'] as const
export type Theme = (typeof themes)[number]

interface HeaderProps {
  readonly about: About
  readonly profile: Profile
  readonly services: readonly ServiceRow[]
  /** Opens the page of a service; null while there is no run with such a page. */
  readonly onService: ((row: ServiceRow) => void) | null
  readonly elapsedMs: number | null
  readonly theme: Theme
  readonly onTheme: (theme: Theme) => void
  readonly onHome: () => void
  /** Null where no act is shown. */
  readonly depth: DepthChoiceProps | null
  /** At projector size the thread is hidden until requested; null if it is always visible. */
  readonly thread: { readonly open: boolean; readonly onToggle: () => void } | null
  /** The mark of a recording; otherwise the page is live. */
  readonly replay?: { readonly recordedAt: string; readonly program: string; readonly onLeave: () => void }
}

/** What the environment means, after its name. */
function profileMore({ kind, public: isPublic }: Profile): string {
  if (kind === 'sandbox') return ', everything on this machine'
  return isPublic ? ': what you sign is public for ever' : ', services that are there already'
}

/** The name, the environment, the LIVE mark, and the clock. */
export function Header({
  about,
  profile,
  services,
  onService,
  elapsedMs,
  theme,
  onTheme,
  onHome,
  depth,
  thread,
  replay,
}: HeaderProps) {
  const times = useTimes()
  const choose = (value: string) => {
    const chosen = themes.find((each) => each === value)
    if (chosen !== undefined) onTheme(chosen)
  }
  return (
    <header className="header">
      <button type="button" className="header-name" onClick={onHome}>
        sigstore-attestor<span className="hidden">: all scenarios</span>
      </button>
      <ProfileChip profile={profile} />
      {about.runTime !== null && !about.runTime.sandboxed ? (
        <p className="chip chip-caution">no Chromium sandbox</p>
      ) : null}
      <div role="status" className="header-troubles">
        {services
          .filter(({ state }) => state === 'ended' || state === 'not-answering')
          .map((row) => (
            <Trouble key={row.id} row={row} onService={onService} />
          ))}
      </div>
      <span className="header-gap" />
      <AboutButton about={about} profile={profile} />
      {depth === null ? null : <DepthChoice {...depth} />}
      <label className="header-theme header-choice">
        <span className="header-look quiet small">Theme</span>
        <select value={theme} onChange={(event) => choose(event.target.value)}>
          {themes.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      </label>
      <ZoneChoice />
      <KeysButton />
      <MaskSwitch />
      {thread === null ? null : (
        <button type="button" className="chip" aria-expanded={thread.open} onClick={thread.onToggle}>
          <span className="hidden">{thread.open ? 'Hide' : 'Show'} the </span>
          thread
        </button>
      )}
      {replay === undefined ? (
        <p className="chip">LIVE</p>
      ) : (
        <>
          <p className="chip chip-replay">
            <ReplayMark />
            recorded {times.day(replay.recordedAt)}, program {visible(shorten(replay.program))}
          </p>
          <button type="button" className="chip" onClick={replay.onLeave}>
            Back to live
          </button>
        </>
      )}
      {elapsedMs === null ? null : (
        <p className="chip mono header-elapsed">
          <span className="hidden">time since the run began: </span>
          {clock(elapsedMs)}
        </p>
      )}
    </header>
  )
}

/** The zone of every time in the window. Files that are saved keep UTC. */
function ZoneChoice() {
  const [zone, choose] = useZone()
  return (
    <label className="header-theme header-choice">
      <span className="header-look quiet small">Times</span>
      <select value={zone} onChange={({ target }) => choose(zones.find((each) => each === target.value) ?? zone)}>
        {zones.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Masks what a camera must not see, in the whole window. */
function MaskSwitch() {
  const [masked, toggle] = useMasking()
  return (
    <button type="button" className="chip header-mask" aria-pressed={masked} onClick={toggle}>
      {masked ? 'MASKED' : 'Mask'}
      <span className="hidden"> addresses, hosts and paths</span>
    </button>
  )
}

/** Every screen names the environment. */
function ProfileChip({ profile }: { readonly profile: Profile }) {
  return (
    <p className="chip" data-profile={profile.public ? 'public' : profile.kind}>
      <svg className="chip-dot" viewBox="0 0 8 8" aria-hidden="true">
        <circle cx="4" cy="4" r="4" />
      </svg>
      <span className="chip-profile">
        <span className="chip-title" title={visible(profile.title)}>
          {visible(placeName(profile))}
        </span>
        <span className="header-more">{profileMore(profile)}</span>
      </span>
    </p>
  )
}

/** Every screen shows a service that is not as it should be. */
function Trouble({ row, onService }: { row: ServiceRow; onService: HeaderProps['onService'] }) {
  const words = `${row.id} ${serviceWords[row.state]}`
  return onService === null ? (
    <p className="chip" data-trouble={row.state}>
      {words}
    </p>
  ) : (
    <button type="button" className="chip" data-trouble={row.state} onClick={() => onService(row)}>
      {words}
    </button>
  )
}
