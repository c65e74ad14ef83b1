import ten from '../../../assets/talks/ten-minutes.json?raw'
import twentyFive from '../../../assets/talks/twenty-five-minutes.json?raw'
import type { TalkActions } from '../../../renderer/app/actions.ts'
import type { Client } from '../../../src/core/contract/client.ts'
import type { DesktopWindow } from '../../../src/core/contract/desktop.ts'
import type { EngineState } from '../../../src/core/contract/engine-state.ts'
import type { Audience, PresenterView } from '../../../src/core/contract/presenting.ts'
import { appError } from '../../../src/core/domain/app-error.ts'
import { err, ok } from '../../../src/core/domain/result.ts'
import { GivingTalk } from '../../../src/core/talks/giving.ts'
import type { ScenarioId } from '../../../src/core/workflow/scenarios.ts'
import { parseTalk } from '../../../src/core/workflow/talk/parse.ts'

import { files } from './states.ts'

const texts: Record<string, string> = { 'ten-minutes': ten, 'twenty-five-minutes': twentyFive }

/** The shipped talks, and a broken one; saving is refused as the engine refuses it. */
export const talkActions = (noted: (name: string) => (input: unknown) => void): TalkActions => ({
  list: () => {
    const broken = parseTalk('{"title":"x"}', 'broken.json')
    const listed = Object.entries(texts).map(([name, text]) => {
      const talk = parseTalk(text, name)
      if (!talk.ok) throw new Error(name)
      const { title, minutes, parts } = talk.value
      const scenarios = [...new Set(parts.map(({ scenario }) => scenario))]
      const unrehearsed = name === 'ten-minutes' ? [] : scenarios
      const stops = parts.flatMap((part) => part.stops).length
      return { name, ships: true, title, minutes, stops, unrehearsed, problem: null }
    })
    const none = { name: 'broken', ships: false, title: null, minutes: null, stops: 0, unrehearsed: [] }
    return Promise.resolve(
      ok({
        talks: [...listed, { ...none, problem: broken.ok ? null : broken.error }],
        folder: '/home/engineer/.config/sigstore-attestor/talks',
        ignored: ['My Talk.json', 'ten-minutes.json'],
      }),
    )
  },
  read: (name) => Promise.resolve(ok({ text: texts[name] ?? '' })),
  save: (talk) => {
    noted('saveTalk')(talk)
    const read = parseTalk(talk.text, `${talk.name}.json`)
    if (read.ok) texts[talk.name] = talk.text
    return Promise.resolve(read.ok ? ok({}) : read)
  },
})

/** A desktop window that gives talks as the main process does, over this engine's state. */
export function desktopOf(
  engine: () => EngineState,
  changed: (listener: () => void) => void,
  noted: (name: string) => (input: unknown) => void,
): DesktopWindow {
  let listener: (audience: Audience) => void = () => undefined
  const request = (name: string, input: unknown) => {
    noted(name)(input)
    if (name === 'readTalk') return Promise.resolve(ok({ text: texts[(input as { name: string }).name] ?? '' }))
    if (name === 'getRecording') {
      const { scenario } = (input as { of: { scenario: ScenarioId } }).of
      return Promise.resolve(ok({ text: files[scenario] }))
    }
    if (name === 'startRun') {
      const { scenario } = input as { scenario: string }
      const run = engine().runs.find((each) => each.scenario === scenario)
      const none = appError('run.busy', 'Two runs are under way already.', 'Wait until one has ended.')
      return Promise.resolve(run === undefined ? err(none) : ok({ runId: run.runId }))
    }
    return Promise.resolve(ok({}))
  }
  const giving = new GivingTalk({
    client: { request, subscribe: () => () => undefined } as unknown as Client,
    follower: {
      get: () => ({ engine: engine(), problem: null }),
      subscribe: (each) => {
        changed(each)
        return () => undefined
      },
      openLog: () => Promise.resolve(),
      close: () => undefined,
    },
    now: () => '2026-11-21T12:00:00.000Z',
    changed: () => {
      listener(giving.audience())
      const view = giving.presenter()
      const full: PresenterView | null = view === null ? null : { ...view, picture: 0, oneDisplay: false }
      window.dispatchEvent(new CustomEvent('presenter', { detail: full }))
    },
  })
  return {
    send: (message) => {
      if (message.kind === 'talk-begin') void giving.begin(message.name, message.mode)
      else if (message.kind === 'talk-press') void giving.press(message.what)
      else if (message.kind === 'talk-depth') giving.showAt(message.depth)
      else if (message.kind === 'talk-vote') giving.vote(message.answer)
      else if (message.kind === 'talk-watch') listener(giving.audience())
      else noted('send')(message)
      return Promise.resolve(null)
    },
    onFile: () => () => undefined,
    onTalk: (each) => {
      listener = each
      return () => undefined
    },
  }
}
