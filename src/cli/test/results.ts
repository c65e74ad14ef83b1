import { stripVTControlCharacters } from 'node:util'
import { z } from 'zod'
import { tierOf } from './plan.ts'

/** How one test ended. */
export interface Outcome {
  readonly tier: string
  readonly title: string
  readonly state: 'passed' | 'failed' | 'skipped'
  /** It passed at the second try only. */
  readonly flaky?: true
  /** Why it was skipped, where the runner says so; else its title does. */
  readonly reason?: string
  /** What was expected and found, as the runner says it of a failure. */
  readonly message?: string
}

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).optional() }),
      ),
    }),
  ),
})

/** The outcomes in a JSON report of Vitest. A file that could not even be loaded has no test, and is a failure. */
export function vitestOutcomes(report: unknown, root: string): readonly Outcome[] {
  return vitestReport.parse(report).testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = name.replace(`${root}/`, '')
    const tier = tierOf(file) ?? file
    const outcomes = assertionResults.map((each): Outcome => {
      const state = each.status === 'passed' || each.status === 'failed' ? each.status : 'skipped'
      return { tier, title: `${file} › ${each.fullName}`, state, ...said(each.failureMessages) }
    })
    const lost = status === 'failed' && !outcomes.some(({ state }) => state === 'failed')
    return lost ? [...outcomes, { tier, title: file, state: 'failed' as const, ...said([message]) }] : outcomes
  })
}

const said = (messages: readonly (string | undefined)[] = []): { readonly message?: string } => {
  const message = messages.filter((each) => each !== undefined && each !== '').join('\n')
  return message === '' ? {} : { message }
}

const playwrightTest = z.object({
  projectName: z.string(),
  status: z.enum(['expected', 'unexpected', 'flaky', 'skipped']),
  annotations: z.array(z.object({ type: z.string(), description: z.string().optional() })),
  results: z.array(z.object({ errors: z.array(z.object({ message: z.string().optional() })) })),
})
interface Suite {
  readonly title: string
  readonly specs: readonly { readonly title: string; readonly tests: readonly z.infer<typeof playwrightTest>[] }[]
  readonly suites?: readonly Suite[] | undefined
}
const playwrightSuite: z.ZodType<Suite> = z.lazy(() =>
  z.object({
    title: z.string(),
    specs: z.array(z.object({ title: z.string(), tests: z.array(playwrightTest) })),
    suites: z.array(playwrightSuite).optional(),
  }),
)
const playwrightReport = z.object({
  suites: z.array(playwrightSuite),
  errors: z.array(z.object({ message: z.string().optional() })),
})

/** The outcomes in a JSON report of Playwright Test. Setup counts only where it fails. */
export function playwrightOutcomes(report: unknown): readonly Outcome[] {
  const { suites, errors } = playwrightReport.parse(report)
  const below = ({ title, specs, suites = [] }: Suite, path: string): readonly Outcome[] => {
    const place = path === '' ? title : `${path} › ${title}`
    return [
      ...specs.flatMap((spec) =>
        spec.tests.map(({ projectName, status, annotations, results }): Outcome => {
          const state = status === 'skipped' ? 'skipped' : status === 'unexpected' ? 'failed' : 'passed'
          const reason = annotations.find(({ type }) => type === 'skip')?.description
          const flaky = status === 'flaky' ? ({ flaky: true } as const) : {}
          const errors = results.flatMap((each) => each.errors.map(({ message }) => message))
          const title = `${place} › ${spec.title}`
          const outcome = { tier: projectName, title, state, ...flaky, ...said(errors) } as const
          return reason === undefined ? outcome : { ...outcome, reason }
        }),
      ),
      ...suites.flatMap((suite) => below(suite, place)),
    ]
  }
  const all = suites.flatMap((suite) => below(suite, ''))
  const failed = errors.map(({ message = 'Playwright Test failed' }): Outcome => {
    return { tier: 'playwright', title: message, state: 'failed' }
  })
  return [...all.filter(({ tier, state }) => !tier.startsWith('setup-') || state === 'failed'), ...failed]
}

/**
 * The outcomes of the tests with such a title, which is a regular expression for both runners. Vitest calls each other
 * test skipped, and none of those is worth a line.
 */
export const chosen = (outcomes: readonly Outcome[], title: RegExp | undefined): readonly Outcome[] =>
  title === undefined
    ? outcomes
    : outcomes.filter(({ state, title: full }) => state !== 'skipped' || title.test(full.replace(/^.*? › /, '')))

/**
 * The end of the output, because a CI may keep no more: a row for each tier with its `seconds`, what was skipped and why,
 * what failed and the first lines of what its runner said, and one plain line that any CI can read.
 */
export function summary(outcomes: readonly Outcome[], seconds: ReadonlyMap<string, number>): string {
  const count = (tier: string | undefined, state: Outcome['state']): number =>
    outcomes.filter((each) => each.state === state && (tier === undefined || each.tier === tier)).length
  const column = (number: number, width: number): string => String(Math.round(number)).padStart(width)
  const rows = [...new Set(outcomes.map(({ tier }) => tier))].map((tier) => {
    const states = `${column(count(tier, 'passed'), 6)} passed ${column(count(tier, 'failed'), 4)} failed ${column(count(tier, 'skipped'), 4)} skipped`
    const took = seconds.get(tier)
    return `${tier.padEnd(16)} ${states}${took === undefined ? '' : ` ${column(took, 6)} s`}`
  })
  const total = `${count(undefined, 'passed')} passed, ${count(undefined, 'failed')} failed, ${count(undefined, 'skipped')} skipped`
  const second = outcomes
    .filter(({ flaky }) => flaky === true)
    .flatMap((each) => [`passed at the second try: ${each.title}`, ...excerpt(each)])
  const failures = outcomes
    .filter(({ state }) => state === 'failed')
    .flatMap((each) => [`failed: ${each.title}`, ...excerpt(each)])
  const skipped = outcomes
    .filter(({ state }) => state === 'skipped')
    .map(({ title, reason }) => `skipped: ${title}${reason === undefined ? '' : ` (${reason})`}`)
  return [...rows, ...skipped, ...second, ...failures, '', total].join('\n')
}

const excerptLines = 20

function excerpt({ message = '' }: Outcome): readonly string[] {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => line.trim() !== '')
  return lines.slice(0, excerptLines).map((line) => `    ${line}`)
}
