import { parseArgs } from 'node:util'
import { appError } from '../../core/domain/app-error.ts'
import { nearestWord } from '../../core/domain/nearest-word.ts'
import { err, ok, type Result } from '../../core/domain/result.ts'
import { type PersonaId, personaIds, type ScenarioId, scenarioIds } from '../../core/workflow/scenarios.ts'

export interface StoryArguments {
  /** As typed. */
  readonly profile: string
  /** The named ones; null if none was, `all` for every one that the profile can run. */
  readonly scenarios: readonly ScenarioId[] | 'all' | null
  readonly persona: PersonaId | null
  /** Whether people log in with a code, in a browser on another machine. */
  readonly device: boolean
  readonly json: boolean
  readonly evidence: string | null
  readonly help: boolean
}

export const storyUsage = `Usage: npm run story -- [--profile NAME] [--scenario ID]... [--as PERSONA] [--device] [--json] [--evidence DIR]

  --profile NAME   the environment: sandbox (default), public, or one of your own (docs/profiles.md)
  --scenario ID    ${scenarioIds.join(', ')} or all; may be repeated
                   (default: all of them in the sandbox, signed with other profiles)
  --as PERSONA     who logs in: ${personaIds.join(', ')}; with --scenario signed only
  --device         log in with a code, in a browser on another machine; not in the sandbox
  --json           print one JSON object on stdout, and nothing else
  --evidence DIR   write what is needed to check the result independently to DIR/<scenario>/`

/** Parses the words after `story`. An unknown word, scenario or persona is an error that lists the known ones. */
export function parseStoryArguments(args: readonly string[]): Result<StoryArguments> {
  let values: ReturnType<typeof read>
  try {
    values = read(args)
  } catch (error) {
    return err(usageError(error instanceof Error ? error.message : String(error)))
  }
  const named = new Set<ScenarioId>()
  for (const word of values.scenario ?? []) {
    if (word === 'all') continue
    if (isOneOf(scenarioIds, word)) named.add(word)
    else return err(unknown('scenario', word, [...scenarioIds, 'all']))
  }
  const persona = values.as ?? null
  if (persona !== null && !isOneOf(personaIds, persona)) {
    return err(unknown('persona', persona, personaIds))
  }
  const chosen = scenarioIds.filter((id) => named.has(id))
  if (persona !== null && (chosen.length !== 1 || chosen[0] !== 'signed')) {
    return err(usageError('--as goes with --scenario signed: the other scenarios say themselves who signs.'))
  }
  if (values.evidence === '') return err(usageError('--evidence needs a folder.'))
  const { device, json, help, profile, evidence = null } = values
  const scenarios = values.scenario?.includes('all') === true ? 'all' : values.scenario === undefined ? null : chosen
  return ok({ profile, scenarios, persona, device, json, evidence, help })
}

const read = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: false,
    options: {
      profile: { type: 'string', default: 'sandbox' },
      scenario: { type: 'string', multiple: true },
      as: { type: 'string' },
      device: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      evidence: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values

const isOneOf = <T extends string>(list: readonly T[], word: string): word is T =>
  list.some((candidate) => candidate === word)

const unknown = (what: string, word: string, known: readonly string[]) => {
  const nearest = nearestWord(word, known)
  const hint = nearest === undefined ? '' : ` Is "${nearest}" meant?`
  return usageError(`There is no ${what} ${JSON.stringify(word)}.${hint}`, known.join(', '), word)
}

const usageError = (what: string, expected?: string, found?: string) =>
  appError('config.usage', what, 'See: npm run story -- --help', {
    expected,
    found: found === undefined ? undefined : JSON.stringify(found),
  })
