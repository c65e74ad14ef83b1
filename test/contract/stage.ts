import type { Snapshot } from '../../src/core/contract/changes.ts'
import { type Handlers, type Server, serve } from '../../src/core/contract/server.ts'
import { ok } from '../../src/core/domain/result.ts'
import type { RunEvent } from '../../src/core/workflow/events.ts'
import { planFor } from '../../src/core/workflow/plan.ts'
import { sandboxProfile } from '../../src/core/workflow/profile.ts'
import { scenarios } from '../../src/core/workflow/scenarios.ts'

/** A server whose handlers and state a test controls, and which sends when the test says so. */
export interface Stage {
  readonly server: Server
  readonly handlers: { -readonly [N in keyof Handlers]: Handlers[N] }
  /** What snapshots are taken of. */
  readonly state: { -readonly [K in keyof Omit<Snapshot, 'number'>]: Snapshot[K] }
  /** How often a snapshot was taken. */
  readonly snapshots: () => number
  readonly bugs: unknown[]
  /** Changes state and publishes it, as the engine does. */
  readonly event: (event: RunEvent) => void
}

export function stage(): Stage {
  let snapshots = 0
  const bugs: unknown[] = []
  const state: Stage['state'] = {
    about: { version: '1.2.3', runTime: null },
    profile: sandboxProfile,
    machine: { state: 'ready' },
    setup: [],
    services: [],
    runs: [],
    leftovers: null,
  }
  const handlers: Stage['handlers'] = {
    getLog: () => ok({ lines: [], total: 0 }),
    findInLog: () => ok({ lines: [], searched: 0 }),
    startRun: () => ok({ runId: 'r1' }),
    cancelRun: () => ok({}),
    prepareAgain: () => ok({}),
    answerLogin: () => ok({}),
    answerStep: () => ok({}),
    listProfiles: () => ok({ profiles: [], folder: '' }),
    readProfile: () => ok({ text: '' }),
    saveProfile: () => ok({}),
    fillProfile: () => ok({}),
    checkProfile: () => ok({ checks: [] }),
    useProfile: () => ok({}),
    continueRun: () => ok({}),
    redoStep: () => ok({}),
    reset: () => ok({}),
    resumeRun: () => ok({}),
    cleanUp: () => ok({}),
    getRecording: () => ok({ text: '' }),
    listTalks: () => ok({ talks: [], folder: '', ignored: [] }),
    readTalk: () => ok({ text: '' }),
    saveTalk: () => ok({}),
    getConnections: () => ok({ measured: null }),
    keepRehearsal: () => ok({}),
    save: () => ok({ path: null }),
  }
  const takeSnapshot = (): Omit<Snapshot, 'number'> => {
    snapshots += 1
    return structuredClone(state)
  }
  // Nothing is sent by time: the test flushes.
  const server = serve(handlers, takeSnapshot, { later: () => undefined, onBug: (thrown) => bugs.push(thrown) })
  const event = (event: RunEvent): void => {
    const run = state.runs.find((events) => events[0]?.runId === event.runId)
    if (run === undefined) state.runs.push([event])
    else run.push(event)
    server.publish({ kind: 'event', event })
  }
  return { server, handlers, state, snapshots: () => snapshots, bugs, event }
}

/** The first events of a run: planned, preflight started, noted, noted … */
export function eventsOf(runId: string, count: number): RunEvent[] {
  const at = '2026-11-21T12:00:00.000Z'
  const all: RunEvent[] = [
    {
      type: 'run.planned',
      scenario: 'signed',
      profile: sandboxProfile,
      steps: planFor(scenarios.signed, sandboxProfile),
      seq: 1,
      at,
      runId,
    },
    { type: 'step.started', step: 'preflight', seq: 2, at, runId },
  ]
  for (let seq = 3; seq <= count; seq++) {
    all.push({ type: 'step.noted', step: 'preflight', text: `note ${seq}`, seq, at, runId })
  }
  return all.slice(0, count)
}
