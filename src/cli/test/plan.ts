/** One program to run: a part of the tests with its runner. */
export interface Job {
  readonly name: string
  readonly runner: 'vitest' | 'playwright'
  /** Words for the runner. */
  readonly args: readonly string[]
}

/** What runs when. */
export interface Plan {
  /** What the tests need from the network: a lane has none. */
  readonly downloads: readonly Job[]
  /** Work for the processor alone, before anything in which time matters. */
  readonly first: readonly Job[]
  /** One after the other, beside those of `sandboxes`. */
  readonly beside: readonly Job[]
  /** Each starts sandboxes, so two need two network namespaces. The longest come first. */
  readonly sandboxes: readonly Job[]
}

/** A tier of tests, as docs/testing.md lists them. */
interface Tier {
  readonly name: string
  readonly runner: Job['runner']
  readonly when: Exclude<keyof Plan, 'downloads'>
  readonly has: RegExp
  /** The project of Playwright Test that installs what the tier needs. */
  readonly setup?: 'setup-electron' | 'setup-chromium'
}

const tiers: readonly Tier[] = [
  { name: 'check', runner: 'vitest', when: 'first', has: /^test\/check\/.*\.test\.ts$/ },
  { name: 'unit', runner: 'vitest', when: 'first', has: /^test\/unit\/.*\.test\.ts$/ },
  { name: 'contract', runner: 'vitest', when: 'first', has: /^test\/contract\/.*\.test\.ts$/ },
  { name: 'renderer', runner: 'vitest', when: 'first', has: /^test\/renderer\/.*\.test\.ts$/ },
  { name: 'process', runner: 'vitest', when: 'beside', has: /^test\/process\/.*\.test\.ts$/ },
  { name: 'electron', runner: 'playwright', when: 'beside', has: /^test\/ui\/.*\.spec\.ts$/, setup: 'setup-electron' },
  {
    name: 'pages',
    runner: 'playwright',
    when: 'beside',
    has: /^test\/renderer\/.*\.spec\.ts$/,
    setup: 'setup-chromium',
  },
  {
    name: 'story-electron',
    runner: 'playwright',
    when: 'sandboxes',
    has: /^test\/story\/(?!chromium).*\.spec\.ts$/,
    setup: 'setup-electron',
  },
  {
    name: 'story-chromium',
    runner: 'playwright',
    when: 'sandboxes',
    has: /^test\/story\/chromium\.spec\.ts$/,
    setup: 'setup-chromium',
  },
  // It waits more than it works: at the end it would leave the processors idle.
  { name: 'kubernetes', runner: 'vitest', when: 'sandboxes', has: /^test\/kubernetes\/.*\.test\.ts$/ },
  { name: 'integration', runner: 'vitest', when: 'sandboxes', has: /^test\/integration\/.*\.test\.ts$/ },
]

/** The tier of a test file; undefined when it is none. */
export const tierOf = (file: string): string | undefined => tiers.find(({ has }) => has.test(file))?.name

/** How long each tier took, from how long each job did: the integration tests have one for each file. */
export function tierSeconds(jobs: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const tiers = new Map<string, number>()
  for (const [name, seconds] of jobs) {
    const tier = tierOf(name) ?? name
    tiers.set(tier, (tiers.get(tier) ?? 0) + seconds)
  }
  return tiers
}

const named = (file: string, word: string): boolean =>
  tierOf(file) !== undefined && file.includes(word.replace(/^\.\//, ''))

/** The selected test files: all, or those whose path contains one of the words. */
export const selected = (files: readonly string[], words: readonly string[]): readonly string[] =>
  files.filter((file) => (words.length === 0 ? tierOf(file) !== undefined : words.some((word) => named(file, word))))

/** The words that no test file has in its path. */
export const unmatched = (files: readonly string[], words: readonly string[]): readonly string[] =>
  words.filter((word) => !files.some((file) => named(file, word)))

/**
 * What to run for these test files. A tier is one job; of the integration tests each file is one, where `side-by-side`.
 * `seconds` says how long a job took the last time; one that is not known is taken for long.
 */
export function planTests(
  files: readonly string[],
  options: {
    readonly title: string | undefined
    readonly sideBySide: boolean
    readonly seconds: ReadonlyMap<string, number>
  },
): Plan {
  const jobs = tiers.flatMap((tier) => {
    const own = files.filter((file) => tier.has.test(file))
    if (own.length === 0) return []
    const split = tier.name === 'integration' && options.sideBySide
    const parts = split ? own.map((file) => ({ name: file, files: [file] })) : [{ name: tier.name, files: own }]
    return parts.map((part) => ({ when: tier.when, job: jobOf(tier, part, options.title) }))
  })
  const those = (when: Tier['when']): Job[] => jobs.filter((each) => each.when === when).map(({ job }) => job)
  const took = ({ name }: Job): number => options.seconds.get(name) ?? Number.POSITIVE_INFINITY
  return {
    downloads: downloadsFor(files),
    first: those('first'),
    beside: those('beside'),
    sandboxes: those('sandboxes').sort((one, other) => (took(one) === took(other) ? 0 : took(other) - took(one))),
  }
}

function downloadsFor(files: readonly string[]): readonly Job[] {
  const needed = tiers.flatMap(({ has, setup }) =>
    setup !== undefined && files.some((file) => has.test(file)) ? [setup] : [],
  )
  const projects = [...new Set(needed)].map((project) => `--project=${project}`)
  // apt-get runs once at a time.
  return projects.length === 0
    ? []
    : [{ name: 'setup', runner: 'playwright', args: ['test', '--workers=1', ...projects] }]
}

function jobOf(
  { name: project, runner }: Tier,
  { name, files }: { readonly name: string; readonly files: readonly string[] },
  title: string | undefined,
): Job {
  if (runner === 'vitest') {
    const only = title === undefined ? [] : ['--testNamePattern', title]
    return { name, runner, args: ['run', '--project', project, ...only, ...files] }
  }
  // The title may be in another tier.
  const only = title === undefined ? [] : ['--grep', title, '--pass-with-no-tests']
  return { name, runner, args: ['test', `--project=${project}`, ...only, ...files] }
}
