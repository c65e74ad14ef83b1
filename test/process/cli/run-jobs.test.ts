import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Outcome, summary } from '../../../src/cli/test/results.ts'
import { openJobs } from '../../../src/cli/test/run-jobs.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'run-jobs-'))
  await mkdir(join(root, 'node_modules', 'vitest'), { recursive: true })
})
afterEach(() => rm(root, { recursive: true }))

/** The outcomes of one job whose runner is this program. */
async function outcomesOf(program: string) {
  await writeFile(join(root, 'node_modules', 'vitest', 'vitest.mjs'), program)
  const jobs = await openJobs(root, new AbortController().signal, () => undefined)
  await jobs.run({ name: 'unit', runner: 'vitest', args: ['run'] })
  await jobs.close()
  return jobs.outcomes
}

const brief = (outcomes: readonly Outcome[]) =>
  outcomes.map(({ title, state }) => `${state}: ${title.replace(/;.*/, '')}`)

const report = (text: string): string => `
  import { writeFileSync } from 'node:fs'
  writeFileSync(process.argv.find((word) => word.startsWith('--outputFile.json=')).slice(18), ${JSON.stringify(text)})
`
const passed = { name: 'a.test.ts', status: 'passed', assertionResults: [{ fullName: 'adds', status: 'passed' }] }

it('reports what a runner reports', async () => {
  expect(brief(await outcomesOf(report(JSON.stringify({ testResults: [passed] }))))).toEqual([
    expect.stringMatching(/^passed: .*adds$/),
  ])
})

it.each([
  ['no report', ''],
  ['a report that is cut off', report('{"testResults": [')],
])('counts a runner that exits with 0 and writes %s as a failure', async (_, program) => {
  expect(brief(await outcomesOf(program))).toEqual(['failed: unit: vitest wrote no report'])
})

it('counts a runner that fails after its tests passed as a failure', async () => {
  const program = `${report(JSON.stringify({ testResults: [passed] }))}\nprocess.exitCode = 3`
  expect(brief(await outcomesOf(program))).toEqual([
    expect.stringMatching(/^passed/),
    expect.stringMatching(/^failed: unit: vitest /),
  ])
})

it('ends the output with the error outside of any test that made a runner fail', async () => {
  const outcomes = await outcomesOf(`
    ${report(JSON.stringify({ testResults: [passed] }))}
    console.error('a warning\\n'.repeat(100))
    console.error('⎯⎯ Unhandled Errors ⎯⎯\\nError: write EPIPE')
    process.exitCode = 1
  `)
  expect(summary(outcomes, new Map())).toMatch(
    /^failed: unit: vitest .*\n {4}⎯⎯ Unhandled Errors ⎯⎯\n {4}Error: write EPIPE\n\n/m,
  )
})

it('gives jobs a folder for temporary files, and removes it with what they left', async () => {
  const seen = join(root, 'seen')
  await outcomesOf(`
    import { mkdtempSync, writeFileSync } from 'node:fs'
    import { tmpdir } from 'node:os'
    import { join } from 'node:path'
    writeFileSync(${JSON.stringify(seen)}, mkdtempSync(join(tmpdir(), 'left-')))
  `)
  const left = await readFile(seen, 'utf8')
  expect(left.startsWith(join(tmpdir(), 't-'))).toBe(true)
  expect(existsSync(dirname(left))).toBe(false)
})
