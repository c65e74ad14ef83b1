import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { TalkView } from '../../src/core/workflow/talk/position.ts'
import { Searchable } from '../find/page-find.tsx'
import { nameMachine, useMasking } from '../kit/text/masking.ts'
import { ZonedTimes } from '../kit/text/zone.tsx'
import { isChanged, useProfiles } from '../profiles/use-profiles.ts'
import { useReplay } from '../replay/use-replay.ts'
import { ReplayWindow } from '../replay/window.tsx'
import { type Looking, nowhere } from '../state/looking.ts'
import { TalkWindow } from '../talk/talk-window.tsx'
import { type GivenTalk, useTalk } from '../talk/use-talk.ts'
import { isTalkChanged, useTalks } from '../talk/use-talks.ts'
import { useDepth } from './depth.ts'
import { LiveWindow, type WindowProps } from './live-window.tsx'
import { useEscape, useGivenFiles, useHeld } from './manners/use-desktop.ts'
import { useKeys } from './use-keys.ts'
import { useNow } from './use-now.ts'
import './window.css'

/** The whole window: over the engine, or over an open recording; it follows the engine in both. */
export function Window(props: WindowProps) {
  const { engine, theme, onTheme, begin = nowhere } = props
  // Kept while a recording is shown, so that returning leads back to the same place.
  const [looking, setLooking] = useState<Looking>(begin)
  const [depth, onDepth] = useDepth(props.beginDepth)
  const replay = useReplay(props.actions.getRecording)
  // Kept as well: opening another page does not lose a profile that is being written.
  const profiles = useProfiles(props.actions.profiles)
  const talks = useTalks(props.actions.talks)
  const talk = useTalk()
  useHeld({
    profile: profiles.editing !== null && isChanged(profiles.editing),
    talk: talks.editing !== null && isTalkChanged(talks.editing),
    recording: replay.open !== null,
  })
  useGivenFiles(replay)
  useEscape()
  const [, toggleMask] = useMasking()
  nameMachine(engine.about.machine)
  useKeys({ m: toggleMask })
  const runningId = engine.runs.find(({ finishedAt }) => finishedAt === null)?.runId ?? null
  const newestId = engine.runs.at(-1)?.runId ?? null
  const seen = useRef(newestId)
  // A new run is shown at once, even if it has failed by the time it is reported: a person has just pressed for it.
  useEffect(() => {
    const begun = newestId === seen.current ? runningId : newestId
    seen.current = newestId
    if (begun !== null) setLooking((was) => (was.beside === undefined ? { runId: begun, act: null } : was))
  }, [runningId, newestId])
  const given = talk.view !== null
  const gave = useRef(given)
  // After a talk comes the page that it was begun on, not the last of its runs.
  useEffect(() => {
    if (gave.current && !given) setLooking({ ...nowhere, talks: true })
    gave.current = given
  }, [given])
  if (talk.view !== null) {
    return (
      <Shell>
        <GivenTalkWindow {...props} talk={talk} view={talk.view} />
      </Shell>
    )
  }
  if (replay.open !== null) {
    const goTo = (to: Looking) => {
      setLooking(to)
      replay.leave()
    }
    return (
      <Shell>
        <ReplayWindow
          replay={replay}
          open={replay.open}
          engine={engine}
          theme={theme}
          onTheme={onTheme}
          depth={depth}
          onDepth={onDepth}
          onGoTo={goTo}
        />
      </Shell>
    )
  }
  // While everything stops, only that is shown.
  const stops = engine.machine.state === 'stopping'
  // Opening another page dismisses a refusal.
  const look = (to: Looking) => {
    props.actions.dismiss()
    setLooking(to)
  }
  return (
    <Shell>
      <LiveWindow
        {...props}
        depth={depth}
        onDepth={onDepth}
        replay={replay}
        profiles={profiles}
        talks={talks}
        talk={talk}
        looking={stops ? nowhere : looking}
        onLook={look}
      />
    </Shell>
  )
}

/** What surrounds every page: its search, and the zone of its times. */
const Shell = ({ children }: { children: ReactNode }) => (
  <Searchable>
    <ZonedTimes>{children}</ZonedTimes>
  </Searchable>
)

/** A talk that is being given takes the whole window; the position is the main process's. */
function GivenTalkWindow({ engine, actions, at, talk, view }: WindowProps & { talk: GivenTalk; view: TalkView }) {
  const now = useNow(at, true)
  return <TalkWindow talk={talk} view={view} engine={engine} actions={actions} now={now} />
}
