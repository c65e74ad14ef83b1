import { type AppError, appError } from '../../core/domain/app-error.ts'
import { err, ok, type Result } from '../../core/domain/result.ts'
import { folders } from '../../core/machine/folders.ts'
import type { Session } from '../../core/orchestrator/session/session.ts'
import { profileSummary } from '../../core/profiles/profile-summary.ts'
import { type ProfileSettings, readProfile, unsetChoicesIn, unsetIn } from '../../core/profiles/read-profile.ts'
import type { AskPort } from '../../core/steps/resources.ts'
import type { Profile } from '../../core/workflow/profile.ts'
import { publicationsOf, signsIn } from '../../core/workflow/publication.ts'
import { artifactOf, type RunState } from '../../core/workflow/reducer.ts'
import { type ScenarioId, scenarioIdsWith, scenarios } from '../../core/workflow/scenarios.ts'
import { fromCaller } from '../caller.ts'
import { cancelledBy, exitCodes, interruption, notStopped } from '../interruption.ts'
import { prepareSession } from '../prepare-session.ts'
import { assetsFolder } from '../setup/setup-in-terminal.ts'
import { parseStoryArguments, type StoryArguments, storyUsage } from './arguments.ts'
import { Asked, publicationLines } from './ask.ts'
import { appErrorLines } from './error-lines.ts'
import { prepareEvidence, writeEvidence } from './evidence.ts'
import { paintFor, printable } from './paint.ts'
import { storySummary } from './summary.ts'
import { scenarioTable } from './table.ts'
import { readableWidth, Thread } from './thread.ts'
import { StoryView } from './view.ts'

/** Runs the story in the terminal, or as data with `--json`. Returns the exit code. */
export async function runStory(args: readonly string[]): Promise<number> {
  // With --json stdout belongs to the JSON; people read the same story on stderr only when it fails.
  const errors = new Thread(paintFor(process.stderr, process.env), readableWidth(process.stderr.columns))
  const complain = (lines: readonly string[]): unknown => process.stderr.write(`${lines.join('\n')}\n`)
  const parsed = parseStoryArguments(args)
  if (!parsed.ok) {
    complain([...appErrorLines(parsed.error, errors), '', storyUsage])
    return exitCodes.usage
  }
  if (parsed.value.help) {
    process.stdout.write(`${storyUsage}\n`)
    return exitCodes.ok
  }
  const stop = interruption()
  const asked = new Asked()
  const story = await storyOf(parsed.value, asked, stop.signal)
  if (!story.ok) {
    asked.close()
    stop.dispose()
    complain(appErrorLines(story.error, errors))
    if (parsed.value.json) await printed(`${JSON.stringify({ version: 1, ok: false, error: story.error }, null, 2)}\n`)
    return story.error.code === 'config.usage' ? exitCodes.usage : exitCodes.notAsExpected
  }
  const storyRun = new StoryRun(story.value, asked, stop.signal)
  try {
    const session = await prepareSession(stop.signal, { profile: story.value.settings, ask: storyRun.ask })
    if (!session.ok) {
      complain(appErrorLines(session.error, errors))
      return stop.signal.aborted ? cancelledBy(stop.signal) : exitCodes.notAsExpected
    }
    return await storyRun.run(session.value)
  } finally {
    asked.close()
    stop.dispose()
  }
}

/** Which scenarios run, in which environment. */
interface Story {
  readonly options: StoryArguments
  readonly settings: ProfileSettings
  readonly profile: Profile
  readonly scenarios: readonly ScenarioId[]
}

/** Everything that can be wrong with the request, before anything is fetched or started. */
async function storyOf(options: StoryArguments, asked: Asked, signal: AbortSignal): Promise<Result<Story>> {
  const read = await readOrAsk(options.profile, asked, signal)
  if (!read.ok) return read
  const settings = options.device ? withDevice(read.value) : read
  if (!settings.ok) return settings
  if (settings.value.notice !== undefined) process.stderr.write(`${printable(settings.value.notice)}\n`)
  const profile = profileSummary(settings.value)
  if (profile.kind !== 'sandbox' && options.persona !== null) return err(personasAreTheSandboxs)
  const possible = scenarioIdsWith(profile)
  const usual = profile.kind === 'sandbox' ? possible : (['signed'] as const)
  const scenarios = options.scenarios === 'all' ? possible : (options.scenarios ?? usual)
  const missing = scenarios.find((id) => !possible.includes(id))
  if (missing !== undefined) return err(notWith(missing, profile, possible))
  if (options.evidence === null) return ok({ options, settings: settings.value, profile, scenarios })
  const evidence = await prepareEvidence(fromCaller(options.evidence))
  if (!evidence.ok) return evidence
  return ok({ options: { ...options, evidence: evidence.value }, settings: settings.value, profile, scenarios })
}

/** The same profile, with a login by a code. */
function withDevice(settings: ProfileSettings): Result<ProfileSettings> {
  if (settings.kind === 'sandbox')
    return err(appError('config.usage', '--device goes with existing services.', 'Leave it away, or name a --profile.'))
  const { login } = settings
  if (login.clientSecret !== undefined)
    return err(
      appError(
        'config.usage',
        '--device does not go with this profile: its client has a secret, and cosign sends none with a code.',
        'Leave it away, or take "clientSecret" out of the profile.',
      ),
    )
  return ok({ ...settings, login: { ...login, flow: 'device' } })
}

/**
 * The profile; values that it leaves to the environment and that are unset are prompted for. An empty answer is none.
 */
async function readOrAsk(name: string, asked: Asked, signal: AbortSignal): Promise<Result<ProfileSettings>> {
  const places = { assets: assetsFolder(), config: folders().config, env: process.env }
  const settings = await readProfile(name, places)
  if (settings.ok || settings.error.code !== 'config.profile-unset') return settings
  const answers: Record<string, string> = {}
  for (const variable of await unsetIn(name, places)) {
    const answer = await asked.line(`${questions[variable] ?? `${name} asks for ${variable}`}: `, signal)
    if (answer === '') return settings
    answers[variable] = answer
  }
  for (const { name: variable, usual } of await unsetChoicesIn(name, places)) {
    const answer = await asked.line(`${questions[variable] ?? variable} [${usual}]: `, signal)
    if (answer !== '') answers[variable] = answer
  }
  return readProfile(name, { ...places, env: { ...process.env, ...answers } })
}

const questions: Readonly<Record<string, string>> = {
  DOCKER_USER: 'Your name at Docker Hub (DOCKER_USER)',
  SIGSTORE_PROVIDER: 'Who confirms that: github, google or microsoft (SIGSTORE_PROVIDER)',
  SIGSTORE_SUBJECT: 'Who signs, as the certificate will name you: mostly an e-mail address (SIGSTORE_SUBJECT)',
}

/** One invocation of the program, from the first line to the table at the end. */
class StoryRun {
  readonly #story: Story
  readonly #signal: AbortSignal
  readonly #view: StoryView | null
  readonly #asked: Asked
  /** The current run. */
  #now: (() => RunState) | null = null

  constructor(story: Story, asked: Asked, signal: AbortSignal) {
    this.#story = story
    this.#asked = asked
    this.#signal = signal
    const width = readableWidth(process.stdout.columns)
    const paint = paintFor(process.stdout, process.env)
    this.#view = story.options.json ? null : new StoryView(process.stdout, new Thread(paint, width), paint, width)
  }

  async run(session: Session): Promise<number> {
    const { options, profile, scenarios } = this.#story
    const paint = paintFor(process.stdout, process.env)
    this.#view?.print([`  ${paint('strong', 'sigstore-attestor')} · ${profileLine(profile)}`])
    const ended: RunState[] = []
    let left: readonly string[] = []
    try {
      for (const id of scenarios) {
        if (this.#signal.aborted) break
        const one = await this.#runOne(id, session)
        if (!one.ok) {
          const lines = new Thread(paintFor(process.stderr, process.env), readableWidth(process.stderr.columns))
          process.stderr.write(`${appErrorLines(one.error, lines).join('\n')}\n`)
          return exitCodes.notAsExpected
        }
        ended.push(one.value)
        // After a refusal to publish, or a cancel, the same question is not asked again.
        if (one.value.outcome === 'cancelled') break
      }
    } finally {
      this.#view?.close()
      if (this.#signal.aborted) process.stderr.write('Stopping everything that was started, in reverse order …\n')
      left = await session.close()
    }
    if (left.length > 0) process.stderr.write(notStopped(left))
    const summary = storySummary(profile, ended, scenarios.length)
    if (options.json) {
      const lost = await printed(`${JSON.stringify(summary, null, 2)}\n`)
      if (lost !== null) {
        process.stderr.write(`The JSON could not be written to stdout: ${lost}\n`)
        return exitCodes.notAsExpected
      }
    } else this.#view?.print(scenarioTable(ended, paint))
    if (this.#signal.aborted) return cancelledBy(this.#signal)
    return summary.ok && left.length === 0 ? exitCodes.ok : exitCodes.notAsExpected
  }

  /** Prompts at the terminal; with `--json` as well, because no flag ever agrees to publishing. */
  readonly ask: AskPort = async ({ step }, signal) => {
    const width = readableWidth(process.stderr.columns)
    const thread = this.#view?.thread ?? new Thread(paintFor(process.stderr, process.env), width)
    const lines = step === 'consent' ? this.#publications(thread) : []
    const question = step === 'consent' ? 'Make this public? [y/N] ' : 'Is that done? [y/N] '
    if (this.#view !== null) return this.#view.around(lines, () => this.#asked.yesOrNo(question, signal))
    process.stderr.write(lines.map((line) => `${line}\n`).join(''))
    return this.#asked.yesOrNo(question, signal)
  }

  #publications(thread: Thread): readonly string[] {
    const run = this.#now?.()
    const [sigstore, image] = run === undefined ? [] : [artifactOf(run, 'sigstore'), artifactOf(run, 'built-image')]
    if (run === undefined || sigstore === undefined || image === undefined) return []
    return [
      ...thread.say('Nothing has left this machine yet. This will be public:', null),
      ...publicationLines(publicationsOf(sigstore, image, signsIn(run)), thread),
      ...thread.say('The sandbox shows the same story, and nothing leaves this machine: npm run story', null),
    ]
  }

  async #runOne(id: ScenarioId, session: Session): Promise<Result<RunState>> {
    const { options } = this.#story
    const run = session.newRun(id, options.persona)
    this.#now = () => run.log.state
    const view = this.#view
    if (view !== null) {
      for (const event of run.log.events) view.onEvent(event, run.log.state)
      run.log.subscribe(view.onEvent)
    }
    const onAbort = (): void => run.cancel(String(this.#signal.reason))
    this.#signal.addEventListener('abort', onAbort, { once: true })
    const state = await run.start()
    this.#signal.removeEventListener('abort', onAbort)
    run.log.close()
    if (options.evidence === null) return ok(state)
    return writeEvidence(options.evidence, state, run.eventsFile)
  }
}

/** Writes to stdout; returns why that failed, or null. */
const printed = (text: string): Promise<string | null> =>
  new Promise((done) => {
    process.stdout.write(text, (error) => done(error ? error.message : null))
  })

function profileLine({ kind, title, public: isPublic }: Profile): string {
  if (kind === 'sandbox') return 'sandbox: Sigstore, registry and login are real and run on this machine'
  return isPublic ? `PUBLIC · ${title}: what is signed is public for ever` : `${title}: services that are there already`
}

const personasAreTheSandboxs: AppError = appError(
  'config.usage',
  '--as goes with the sandbox: elsewhere people log in as who they are.',
  'See: npm run story -- --help',
)

const notWith = (id: ScenarioId, { name }: Profile, possible: readonly ScenarioId[]): AppError =>
  appError(
    'config.usage',
    `The scenario ${id} runs in the sandbox only: it needs ${scenarios[id].onlySandbox}.`,
    'Leave it out, or leave --profile out.',
    { expected: `with ${name}: ${possible.join(', ')}`, found: id },
  )
