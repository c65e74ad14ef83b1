import { describe, expect, it } from 'vitest'
import { planTests, selected, tierSeconds, unmatched } from '../../../src/cli/test/plan.ts'
import { chosen, playwrightOutcomes, summary, vitestOutcomes } from '../../../src/cli/test/results.ts'

const files = [
  'test/check/check.test.ts',
  'test/unit/a.test.ts',
  'test/renderer/look.test.ts',
  'test/renderer/log.spec.ts',
  'test/ui/manners.spec.ts',
  'test/story/chromium.spec.ts',
  'test/story/leaving.spec.ts',
  'test/integration/short.test.ts',
  'test/integration/long.test.ts',
  'test/integration/new.test.ts',
]
const plan = (paths: readonly string[], sideBySide = true, title?: string) =>
  planTests(selected(files, paths), {
    title,
    sideBySide,
    seconds: new Map([
      ['test/integration/short.test.ts', 5],
      ['test/integration/long.test.ts', 90],
      ['story-electron', 200],
      ['story-chromium', 80],
    ]),
  })
const names = (jobs: readonly { readonly name: string }[]) => jobs.map(({ name }) => name)

describe('the plan of a test run', () => {
  it('does work for the processor first, and begins with the longest sandbox, or one that is not known', () => {
    const { first, beside, sandboxes } = plan([])
    expect(names(first)).toEqual(['check', 'unit', 'renderer'])
    expect(names(beside)).toEqual(['electron', 'pages'])
    expect(names(sandboxes)).toEqual([
      'test/integration/new.test.ts',
      'story-electron',
      'test/integration/long.test.ts',
      'story-chromium',
      'test/integration/short.test.ts',
    ])
  })

  it('fetches what the tests of windows need before a lane is entered, which has no network', () => {
    const setup = (...projects: readonly string[]) => [
      { name: 'setup', runner: 'playwright', args: ['test', '--workers=1', ...projects] },
    ]
    expect(plan([]).downloads).toEqual(setup('--project=setup-electron', '--project=setup-chromium'))
    expect(plan(['test/story/leaving']).downloads).toEqual(setup('--project=setup-electron'))
    expect(plan(['test/unit', 'test/integration']).downloads).toEqual([])
  })

  it('has one job for all integration tests where they run one after the other', () => {
    const { sandboxes } = plan(['integration'], false)
    expect(sandboxes).toEqual([
      {
        name: 'integration',
        runner: 'vitest',
        args: ['run', '--project', 'integration', ...files.filter((file) => file.includes('/integration/'))],
      },
    ])
  })

  it('chooses by path, with the runner of each file, and by title', () => {
    const { first, beside } = plan(['./test/renderer', 'ui/manners.spec.ts'], true, 'zooms')
    expect(first).toEqual([
      {
        name: 'renderer',
        runner: 'vitest',
        args: ['run', '--project', 'renderer', '--testNamePattern', 'zooms', 'test/renderer/look.test.ts'],
      },
    ])
    expect(beside.map(({ args }) => args)).toEqual([
      ['test', '--project=electron', '--grep', 'zooms', '--pass-with-no-tests', 'test/ui/manners.spec.ts'],
      ['test', '--project=pages', '--grep', 'zooms', '--pass-with-no-tests', 'test/renderer/log.spec.ts'],
    ])
    expect(selected([...files, 'test/unit/fixtures.ts'], ['fixtures'])).toEqual([])
    expect(unmatched([...files, 'test/unit/fixtures.ts'], ['./test/unit', 'fixtures', 'nothing'])).toEqual([
      'fixtures',
      'nothing',
    ])
  })
})

describe('the results of a test run', () => {
  const vitest = vitestOutcomes(
    {
      testResults: [
        {
          name: '/project/test/unit/a.test.ts',
          status: 'passed',
          assertionResults: [
            { fullName: 'adds', status: 'passed' },
            { fullName: 'only as root', status: 'skipped' },
          ],
        },
        { name: '/project/test/unit/b.test.ts', status: 'failed', message: 'no such import', assertionResults: [] },
      ],
    },
    '/project',
  )
  const test = (projectName: string, status: string, annotations: readonly object[] = []) => ({
    projectName,
    status,
    annotations,
    results: [{ errors: status === 'unexpected' ? [{ message: '\u001B[31mno such button\u001B[39m' }] : [] }],
  })
  const playwright = playwrightOutcomes({
    errors: [],
    suites: [
      {
        title: 'ui/a.spec.ts',
        specs: [{ title: 'opens', tests: [test('electron', 'flaky')] }],
        suites: [
          {
            title: 'a window',
            specs: [
              {
                title: 'draws',
                tests: [test('pages', 'skipped', [{ type: 'skip', description: 'There is no Chromium' }])],
              },
              { title: 'closes', tests: [test('electron', 'unexpected')] },
            ],
          },
        ],
      },
      { title: 'x.setup.ts', specs: [{ title: 'is there', tests: [test('setup-electron', 'expected')] }] },
    ],
  })

  it('count a file that cannot be loaded as a failure, and setup only where it fails', () => {
    expect(vitest.map(({ state }) => state)).toEqual(['passed', 'skipped', 'failed'])
    expect(playwright.map(({ tier, state }) => `${tier} ${state}`)).toEqual([
      'electron passed',
      'pages skipped',
      'electron failed',
    ])
  })

  it('have the time of a tier, all jobs of it together', () => {
    const jobs = new Map([
      ['test/integration/a.test.ts', 3],
      ['kubernetes', 5],
      ['test/integration/b.test.ts', 4],
    ])
    expect([...tierSeconds(jobs)]).toEqual([
      ['integration', 7],
      ['kubernetes', 5],
    ])
  })

  it('leave out what was skipped for its title alone', () => {
    const titles = (title?: RegExp) => chosen([...vitest, ...playwright], title).map((each) => each.title)
    expect(titles()).toHaveLength(6)
    expect(titles(/root$/)).toContain('test/unit/a.test.ts › only as root')
    expect(titles(/unit/)).not.toContain('test/unit/a.test.ts › only as root')
    expect(titles(/unit/)).toContain('test/unit/a.test.ts › adds')
    expect(chosen([{ tier: 'unit', title: 'a › b', state: 'skipped' }], /c/)).toEqual([])
  })

  it('have a row for each tier, the reason of what was skipped, and one plain line at the end', () => {
    const took = tierSeconds(new Map([['unit', 2.4]]))
    const lines = summary([...vitest, ...playwright], took).split('\n')
    expect(lines[0]).toMatch(/^unit +1 passed +1 failed +1 skipped +2 s$/)
    expect(lines[1]).toMatch(/skipped$/)
    expect(lines).toContain('skipped: ui/a.spec.ts › a window › draws (There is no Chromium)')
    expect(lines.slice(-6)).toEqual([
      'failed: test/unit/b.test.ts',
      '    no such import',
      'failed: ui/a.spec.ts › a window › closes',
      '    no such button',
      '',
      '2 passed, 2 failed, 2 skipped',
    ])
    expect(lines).toContain('passed at the second try: ui/a.spec.ts › opens')
  })
})
