import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { app } from 'electron'
import { filesIn } from '../../../electron/main/manners/given-files.ts'
import { startApp } from '../../../electron/main/start-app.ts'
import { type Handlers, serve } from '../../../src/core/contract/server.ts'
import { ok } from '../../../src/core/domain/result.ts'
import { saveFile } from '../../../src/core/orchestrator/recording/save-file.ts'
import { saveProfile } from '../../../src/core/profiles/own-profiles.ts'
import type { LoginPort } from '../../../src/core/steps/resources.ts'
import { sandboxProfile } from '../../../src/core/workflow/profile.ts'

// The shipped app, except for this file: an engine in memory that the tests control, and a page of theirs.

const folder = process.env['UI_TEST_FOLDER'] ?? ''
const requests: string[] = []

/** What the tests reach through the main process. */
export interface Strings {
  readonly requests: readonly string[]
  readonly publish: (lines: number) => void
  readonly startRun: () => void
  readonly finishRun: () => void
  /** From now on the engine never finishes stopping. */
  readonly hangWhileStopping: () => void
  readonly showLogin: LoginPort
}

declare global {
  var strings: Strings
}

/** A recorded run, for tests of the program’s own pages: then there are no runs. */
const recording = process.env['UI_TEST_RECORDING']

/** A talk of the shape that ships, with words that must not reach the audience. */
const talkText = JSON.stringify({
  title: 'A talk',
  minutes: 5,
  parts: [
    {
      scenario: 'signed',
      stops: [
        { act: 'map', minutes: 1, notes: 'SECRET-NOTE one' },
        { act: 'attest', minutes: 1, notes: 'SECRET-NOTE two' },
      ],
    },
  ],
})

if (process.env['UI_TEST_ENDS_WHILE_LOADING'] !== undefined) {
  app.once('web-contents-created', (_event, contents) => {
    contents.once('dom-ready', () => contents.forcefullyCrashRenderer())
  })
}

startApp({
  version: '0.0.0-test',
  electron: '0.0.0',
  userData: join(folder, 'user-data'),
  page: join(folder, 'page'),
  places: { state: join(folder, 'state'), cache: join(folder, 'cache') },
  preload: join(folder, 'preload.cjs'),
  presenterPreload: join(folder, 'presenter.cjs'),
  files: filesIn(process.argv, join(folder, 'main.cjs'), folder),
  openEngine: ({ about, showLogin, chooseFile, confirmProfile }) => {
    let running = false
    let hangs = false
    const event = (seq: number, type: 'run.planned' | 'run.finished') =>
      ({ seq, type, at: '2026-01-01T00:00:00.000Z', runId: 'run-1' }) as never
    const handlers: Handlers = {
      getLog: ({ from }) => ok({ lines: [`line ${from}`], total: 1 }),
      findInLog: () => ok({ lines: [], searched: 0 }),
      startRun: () => {
        requests.push('startRun')
        throw new Error('a bug')
      },
      cancelRun: () => ok({}),
      prepareAgain: () => ok({}),
      answerLogin: () => ok({}),
      answerStep: () => ok({}),
      listProfiles: () => ok({ profiles: [], folder: '' }),
      readProfile: () => ok({ text: '' }),
      saveProfile: async (asked) => {
        const saved = await saveProfile(asked, { assets: folder, config: folder, env: {} }, confirmProfile)
        return saved.ok ? ok({}) : saved
      },
      fillProfile: () => ok({}),
      checkProfile: () => ok({ checks: [] }),
      useProfile: () => ok({}),
      continueRun: () => ok({}),
      redoStep: () => ok({}),
      reset: () => ok({}),
      resumeRun: () => ok({}),
      cleanUp: () => ok({}),
      getRecording: () => ok({ text: recording === undefined ? '' : readFileSync(recording, 'utf8') }),
      listTalks: () => ok({ talks: [], folder: '', ignored: [] }),
      readTalk: () => ok({ text: talkText }),
      saveTalk: () => ok({}),
      getConnections: () => ok({ measured: null }),
      keepRehearsal: () => ok({}),
      save: ({ what }) => saveFile(chooseFile, `${what.runId}.jsonl`, () => 'a recording\n'),
    }
    const state = () => ({
      about,
      profile: sandboxProfile,
      machine: { state: 'ready' } as const,
      setup: [],
      services: [],
      leftovers: null,
      runs:
        recording !== undefined
          ? []
          : running
            ? [[event(1, 'run.planned')]]
            : [[event(1, 'run.planned'), event(2, 'run.finished')]],
    })
    const server = serve(handlers, state, { later: setImmediate })
    globalThis.strings = {
      requests,
      showLogin,
      publish: (count) => {
        const lines = ['one line']
        for (let from = 0; from < count; from++) {
          server.publish({ kind: 'log', runId: 'run-1', step: 'build', from, lines })
        }
      },
      startRun: () => {
        running = true
      },
      finishRun: () => {
        running = false
      },
      hangWhileStopping: () => {
        hangs = true
      },
    }
    return {
      server,
      close: async () => {
        if (hangs) {
          process.stderr.write('engine hangs\n')
          await new Promise(() => undefined)
        }
        process.stderr.write('engine stopped\n')
        return []
      },
    }
  },
})
