import { dirname } from 'node:path'
import type { About, Change, Snapshot } from '../../contract/changes.ts'
import type { RecordingOf, Saved } from '../../contract/contract.ts'
import { type Handlers, type Server, serve } from '../../contract/server.ts'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { places } from '../../machine/folders.ts'
import { ConnectionWatch } from '../../network/outside/watch.ts'
import type { ConfirmProfile } from '../../profiles/led-to.ts'
import { fillProfile, saveProfile } from '../../profiles/own-profiles.ts'
import { type ProfileSettings, sandboxSettings } from '../../profiles/read-profile.ts'
import type { LoginPort, OwnPrograms } from '../../steps/resources.ts'
import type { StepRun } from '../../steps/step.ts'
import { keepRehearsal, type Rehearsed, readRehearsal } from '../../talks/rehearsals.ts'
import { listTalks, readTalkText, saveTalk } from '../../talks/talk-files.ts'
import { type StepId, steps } from '../../workflow/steps.ts'
import type { HostLogs } from '../logs/logs.ts'
import { neutralWords } from '../recording/neutral-words.ts'
import { type Recorder, recorder } from '../recording/recorder.ts'
import { recordingText, shippedRecording } from '../recording/recording.ts'
import { type ChooseFile, saveFile } from '../recording/save-file.ts'
import type { Run } from '../run/run.ts'
import type { Session } from '../session/session.ts'
import { hostAnswers } from './answers.ts'
import { batches } from './batches.ts'
import { HostLeftovers } from './leftovers.ts'
import { type HostLogins, hostLogins } from './logins.ts'
import { bug, HostMachine, type MachineOptions } from './machine.ts'
import { HostProfiles } from './profiles.ts'
import { HostRuns } from './runs.ts'
import { HostSession } from './session.ts'

export interface HostOptions extends Omit<MachineOptions, 'node'> {
  readonly programs: Omit<OwnPrograms, 'node'> & Pick<MachineOptions, 'node'>
  readonly about: About
  /** The environment of the stories at first; the sandbox when absent. */
  readonly profile?: ProfileSettings
  /** A window for logins. Without one a login waits for `answerLogin`. */
  readonly showLogin?: LoginPort
  /** A window that asks where to save. Without one nothing can be saved. */
  readonly chooseFile?: ChooseFile
  /** Asks the person before a profile is saved. Without one it is saved as requested. */
  readonly confirmProfile?: ConfirmProfile
  /** The implementation of each step; the story's own steps when absent. */
  readonly stepRuns?: Readonly<Record<StepId, StepRun>>
}

/** The engine behind a front end: makes the programs ready, holds the session and its runs, reports every change. */
export interface Host {
  readonly server: Pick<Server, 'request' | 'subscribe'>
  /** Cancels running stories and stops everything that was started; resolves when nothing is left. */
  readonly close: () => Promise<readonly string[]>
}

/** Starts with the setup at once; the session opens with the first run. */
export const createHost = (options: HostOptions): Host => new EngineHost(options)

type Nothing = Record<string, never>

const batchMs = 50

class EngineHost implements Host {
  readonly server: Server
  readonly #options: HostOptions
  readonly #logins: HostLogins
  readonly #answers = hostAnswers()
  readonly #profiles: HostProfiles
  readonly #stop = new AbortController()
  readonly #machine: HostMachine
  readonly #leftovers: HostLeftovers
  readonly #recorder: Recorder
  readonly #runs: HostRuns
  readonly #neutral: (text: string) => string
  readonly #session: HostSession
  /** From the first run on. */
  #connections: ConnectionWatch | undefined
  /** A reset or a clean-up in progress: no session opens meanwhile. */
  #settling: Promise<unknown> = Promise.resolve()
  #closing: Promise<readonly string[]> | undefined

  constructor(options: HostOptions) {
    this.#options = options
    const { folders, programs, assets } = options
    this.#logins = hostLogins(options.showLogin)
    this.server = serve(this.#handlers(), () => this.#snapshot(), {
      later: batches(batchMs),
      onBug: (thrown) => options.onBug?.(thrown),
    })
    const publish = (change: Change): void => this.server.publish(change)
    this.#neutral = neutralWords(folders, [dirname(assets), dirname(programs.attestorPlugin)])
    this.#machine = new HostMachine({ ...options, node: programs.node }, publish, this.#stop.signal)
    this.#leftovers = new HostLeftovers(folders, publish)
    this.#recorder = recorder()
    const places = { assets, config: folders.config, env: options.env ?? process.env }
    this.#profiles = new HostProfiles(options.profile ?? sandboxSettings, places, folders.cache, publish)
    const session = { folders, programs, login: this.#logins.port, ask: this.#answers.port }
    this.#session = new HostSession(
      options.stepRuns === undefined ? session : { ...session, stepRuns: options.stepRuns },
      { publish, printed: (lines) => this.#recorder.printed(lines) },
    )
    this.#runs = new HostRuns({
      publish,
      recorder: this.#recorder,
      logs: () => this.#session.logs,
      onBug: (thrown) => options.onBug?.(thrown),
    })
    this.#machine.prepare()
  }

  close = (): Promise<readonly string[]> => (this.#closing ??= this.#close())

  #handlers(): Handlers {
    return {
      startRun: ({ scenario, pace }) => {
        this.#connections ??= new ConnectionWatch(process.pid, this.#options.folders.runtime)
        return this.#begin(
          (session) => ok(session.newRun(scenario, null)),
          (run) => run.start(pace),
        )
      },
      continueRun: (asked) => this.#whenReady(() => this.#runs.goOn(asked)),
      redoStep: (asked) => this.#whenReady(() => this.#runs.redo(asked)),
      cancelRun: ({ runId }) => this.#runs.cancel(runId),
      getLog: ({ runId, step, from, count }) => {
        const logs = this.#logsOf(runId, step)
        return logs.ok ? ok(logs.value?.read(runId, step, from, count) ?? { lines: [], total: 0 }) : logs
      },
      findInLog: ({ runId, step, text, from }) => {
        const logs = this.#logsOf(runId, step)
        return logs.ok ? ok(logs.value?.find(runId, step, text, from) ?? { lines: [], searched: 0 }) : logs
      },
      prepareAgain: () => this.#machine.prepareAgain(),
      answerLogin: (answer) => this.#logins.answer(answer),
      answerStep: (answer) => this.#answers.answer(answer),
      listProfiles: async () => ok(await this.#profiles.list()),
      readProfile: ({ name }) => this.#profiles.text(name),
      saveProfile: async (asked) =>
        nothing(await saveProfile(asked, this.#profiles.places, this.#options.confirmProfile)),
      fillProfile: async (asked) => nothing(await fillProfile(asked, this.#profiles.places)),
      checkProfile: ({ name }) => this.#profiles.check(name, this.#stop.signal),
      useProfile: ({ name }) => this.#useProfile(name),
      reset: () => this.#reset(() => undefined),
      resumeRun: ({ runId }) => this.#resume(runId),
      cleanUp: () => this.#cleanUp(),
      getConnections: () => ok({ measured: this.#connections?.measured() ?? null }),
      getRecording: ({ of }) => this.#recording(of),
      save: ({ what }) => this.#save(what),
      listTalks: async () => ok(await listTalks(this.#profiles.places, (of) => this.#rehearsal(of).ok)),
      readTalk: async ({ name }) => {
        const text = await readTalkText(name, this.#profiles.places)
        return text.ok ? ok({ text: text.value }) : text
      },
      keepRehearsal: async ({ talk, runId }) => {
        const run = this.#runs.find(runId)
        if (!run.ok) return run
        const of = { talk, scenario: run.value.log.state.scenario }
        return nothing(await keepRehearsal(places(this.#options.folders).rehearsals, of, this.#recordingOf(run.value)))
      },
      saveTalk: async (asked) => nothing(await saveTalk(asked, this.#profiles.places)),
    }
  }

  #snapshot(): Omit<Snapshot, 'number'> {
    return {
      about: this.#options.about,
      profile: this.#profiles.summary,
      machine: this.#machine.state,
      setup: [...this.#machine.rows],
      services: this.#session.services,
      runs: this.#runs.events,
      leftovers: this.#leftovers.found,
    }
  }

  /** Lets a run of this session begin; opens the session first if there is none. */
  async #begin(
    make: (session: Session) => Result<Run> | Promise<Result<Run>>,
    go: Parameters<HostRuns['begin']>[1],
  ): Promise<Result<{ runId: string }>> {
    const asked = this.#machine.ready()
    if (!asked.ok) return asked
    return this.#runs.admit(async () => {
      await Promise.all([this.#leftovers.looked, this.#settling])
      const ready = this.#machine.ready()
      if (!ready.ok) return ready
      const session = await this.#session.open(ready.value, this.#profiles.settings)
      if (!session.ok) return session
      this.#leftovers.sessionOpened()
      const run = await make(session.value)
      if (!run.ok) return run
      // It may have been closed or reset meanwhile.
      const still = this.#machine.ready()
      if (!still.ok) return still
      this.#runs.begin(run.value, go)
      return ok({ runId: run.value.runId })
    })
  }

  async #resume(runId: string): Promise<Result<Nothing>> {
    const stored = await this.#leftovers.read(runId)
    if (!stored.ok) return stored
    const { profile } = stored.value.state
    if (profile.name !== this.#profiles.summary.name) return err(otherProfile(profile.name))
    const begun = await this.#begin(
      async (session) => {
        const taken = await this.#leftovers.take(runId)
        return taken.ok ? ok(session.oldRun(runId, taken.value)) : taken
      },
      (run) => run.resume(),
    )
    return begun.ok ? ok({}) : begun
  }

  async #cleanUp(): Promise<Result<Nothing>> {
    await this.#leftovers.looked
    if (this.#machine.state.state === 'stopping') return this.#whenReady(() => ok({}))
    const work = this.#settling.then(async () => this.#leftovers.cleanUp(await this.#session.isOpen()))
    this.#settling = work.catch(() => undefined)
    return work
  }

  /** Returns at once; everything else is reported as it happens. */
  #reset(then: () => void): Result<Nothing> {
    const ready = this.#machine.ready()
    if (!ready.ok) return ready
    this.#machine.set({ state: 'stopping' })
    this.#settling = this.#settling
      .then(() => this.#endSession('everything was reset'))
      .then(
        () => {
          this.#runs.forget()
          this.#recorder.forget()
          this.#session.forget()
          this.server.publish({ kind: 'reset' })
          then()
          if (!this.#stop.signal.aborted) this.#machine.set({ state: 'ready' })
        },
        (thrown: unknown) => {
          this.#options.onBug?.(thrown)
          this.#machine.set({ state: 'failed', error: bug('The reset', thrown) })
        },
      )
    return ok({})
  }

  /** The open session is another profile's, so it ends. */
  async #useProfile(name: string): Promise<Result<Nothing>> {
    const read = await this.#profiles.read(name)
    return read.ok ? this.#reset(() => this.#profiles.use(read.value)) : read
  }

  #recording(of: RecordingOf): Result<{ text: string }> | Promise<Result<{ text: string }>> {
    if (of.kind === 'shipped') return shippedRecording(this.#options.assets, of.scenario)
    if (of.kind === 'rehearsal') {
      const text = this.#rehearsal(of)
      return text.ok ? ok({ text: text.value }) : text
    }
    const run = this.#runs.find(of.runId)
    return run.ok ? ok({ text: this.#recordingOf(run.value) }) : run
  }

  #rehearsal = (of: Rehearsed): Result<string> => readRehearsal(places(this.#options.folders).rehearsals, of)

  #recordingOf(run: Run): string {
    this.#session.logs?.readNew()
    return recordingText({
      run,
      printed: this.#recorder.linesOf(run.runId),
      logs: this.#session.logs,
      program: this.#options.about.version,
      neutral: this.#neutral,
    })
  }

  #save(what: Saved): Promise<Result<{ path: string | null }>> | Result<never> {
    const run = this.#runs.find(what.runId)
    if (!run.ok) return run
    const { chooseFile } = this.#options
    if (what.kind === 'recording')
      return saveFile(chooseFile, `${what.runId}.jsonl`, () => this.#recordingOf(run.value))
    return saveFile(chooseFile, `${what.runId}-${what.step}.log`, () => {
      const logs = this.#logsOf(what.runId, what.step)
      const lines = logs.ok ? logs.value?.read(what.runId, what.step, 0, Number.MAX_SAFE_INTEGER).lines : undefined
      return (lines ?? []).map((line) => `${line}\n`).join('')
    })
  }

  /** The logs, with every line that is written, for a step of an existing run; undefined before the first run. */
  #logsOf(runId: string, step: StepId): Result<HostLogs | undefined> {
    const run = this.#runs.find(runId)
    if (steps[step].scope === 'run' && !run.ok) return run
    this.#session.logs?.readNew()
    return ok(this.#session.logs)
  }

  #whenReady(work: () => Result<Nothing>): Result<Nothing> {
    const ready = this.#machine.ready()
    return ready.ok ? work() : ready
  }

  /** Cancels running stories and stops everything that was started. */
  #endSession(reason: string): Promise<readonly string[]> {
    return this.#session.close(() => this.#runs.stop(reason))
  }

  async #close(): Promise<readonly string[]> {
    this.#machine.set({ state: 'stopping' })
    this.server.flush()
    this.#stop.abort()
    this.#connections?.close()
    await Promise.all([this.#machine.prepared, this.#settling])
    const left = await this.#endSession('the program is being closed')
    this.#runs.close()
    this.server.flush()
    return left
  }
}

const nothing = (result: Result<void>): Result<Nothing> => (result.ok ? ok({}) : result)

const otherProfile = (name: string) =>
  appError('run.other-profile', 'This run used other services.', `Choose the profile ${name}, then resume it.`)
