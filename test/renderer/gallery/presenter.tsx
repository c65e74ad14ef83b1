import { createRoot } from 'react-dom/client'
import ten from '../../../assets/talks/ten-minutes.json?raw'
import { PresenterPage } from '../../../renderer/presenter/presenter-page.tsx'
import type { PresenterView, PresenterWindow } from '../../../src/core/contract/presenting.ts'
import { appError } from '../../../src/core/domain/app-error.ts'
import { parseTalk } from '../../../src/core/workflow/talk/parse.ts'
import { beginTalk, moveTalk, plannedMs, stopAt, stopsOf, talkView } from '../../../src/core/workflow/talk/position.ts'
import { nextPress } from '../../../src/core/workflow/talk/press.ts'
import '../../../renderer/styles/fonts.css'
import '../../../renderer/styles/tokens.css'
import '../../../renderer/styles/base.css'

// The presenter window over a position of a shipped talk: ?at=5&mode=live&armed=1&late=1&problem=1
const query = new URLSearchParams(location.search)
const talk = parseTalk(ten, 'ten-minutes.json')
if (!talk.ok) throw new Error('the shipped talk is none')
const at = Number(query.get('at') ?? '-1')
let position = beginTalk(talk.value, query.get('mode') === 'live' ? 'live' : 'replay')
if (at >= 0) position = moveTalk(position, { kind: 'show', at, now: '2026-11-21T12:00:00.000Z' })
const { effect, says } = nextPress(position, [])
if (query.get('armed') !== null) position = moveTalk(position, { kind: 'arm', says })
const stop = stopsOf(talk.value)[at + 1]
const begun = Date.now() - plannedMs(position) - (query.get('late') === null ? -20_000 : 50_000)
const view: PresenterView = {
  view: talkView(position, says),
  notes: stopAt(position)?.notes ?? '',
  next: stop === undefined ? null : { scenario: stop.scenario, act: stop.act },
  press: { effect, says },
  net: query.get('net') === null ? null : { says: '“Attest” failed.', back: false },
  startedAt: at < 0 ? null : new Date(begun).toISOString(),
  plannedMs: plannedMs(position),
  wholeMs: talk.value.minutes * 60_000,
  problem:
    query.get('problem') === null
      ? null
      : appError('run.busy', 'Two runs are under way already.', 'Wait until one has ended, or cancel it.'),
  picture: query.get('picture') === null ? 0 : 1,
  oneDisplay: query.get('one') !== null,
}
const sent: unknown[] = []
const presenter: PresenterWindow = {
  send: (message) => {
    sent.push(message)
    document.documentElement.dataset['sent'] = JSON.stringify(sent)
    return Promise.resolve(null)
  },
  onView: (listener) => {
    listener(view)
    return () => undefined
  },
}
const place = document.getElementById('root')
if (place !== null) createRoot(place).render(<PresenterPage window={presenter} />)
