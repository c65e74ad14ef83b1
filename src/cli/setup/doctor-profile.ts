import { type Check, verdictWords } from '../../core/domain/verdict.ts'
import { folders } from '../../core/machine/folders.ts'
import { checkProfile, isFine, type ProfileCheckId } from '../../core/profiles/check-profile.ts'
import { readProfile } from '../../core/profiles/read-profile.ts'
import { cancelledBy, exitCodes, interruption } from '../interruption.ts'
import { appErrorLines } from '../story/error-lines.ts'
import { paintFor, printable } from '../story/paint.ts'
import { readableWidth, Thread } from '../story/thread.ts'
import { assetsFolder } from './setup-in-terminal.ts'

/** `npm run doctor -- --profile NAME`: checks the services of a profile, signs and changes nothing. */
export async function runDoctorOfProfile(name: string, json: boolean): Promise<number> {
  const { config, cache } = folders()
  const { env } = process
  const profile = await readProfile(name, { assets: assetsFolder(), config, env })
  if (!profile.ok) {
    const thread = new Thread(paintFor(process.stderr, env), readableWidth(process.stderr.columns))
    process.stderr.write(`${appErrorLines(profile.error, thread).join('\n')}\n`)
    if (json) printJson({ version: 1, ok: false, error: profile.error })
    return exitCodes.notAsExpected
  }
  const { kind, title, file, notice } = profile.value
  if (notice !== undefined) process.stderr.write(`${printable(notice)}\n`)
  if (kind === 'sandbox') {
    const words = `${title}: everything is started on this machine. \`npm run doctor\` looks at what it needs.`
    if (json) printJson({ version: 1, ok: true, profile: name, file, checks: [] })
    else process.stdout.write(`${words}\n`)
    return exitCodes.ok
  }
  const { signal, dispose } = interruption()
  try {
    const { checks } = await checkProfile({ profile: profile.value, cache, env, signal })
    if (signal.aborted) return cancelledBy(signal)
    const fine = checks.every(isFine)
    if (json) printJson({ version: 1, ok: fine, profile: name, file, checks })
    else process.stdout.write(profileText(title, file, checks))
    return fine ? exitCodes.ok : exitCodes.notAsExpected
  } finally {
    dispose()
  }
}

const marks = { fine: 'fine ', wrong: 'WRONG', open: '?    ' } as const

/** What could not be checked may be fine or wrong. */
const markOf = (check: Check<ProfileCheckId>): string =>
  isFine(check) ? marks.fine : check.verdict === 'could-not-check' ? marks.open : marks.wrong

const printJson = (report: object): void => void process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)

/** The report for people: one block a check. */
export function profileText(title: string, file: string, checks: readonly Check<ProfileCheckId>[]): string {
  const lines = [title, field('file', file), '']
  for (const check of checks) {
    lines.push(
      `${markOf(check)}  ${check.id}: ${verdictWords[check.verdict]}`,
      field('expected', check.expected),
      field('found', check.found),
      ...(check.remedy === undefined ? [] : [field('fix', check.remedy)]),
      '',
    )
  }
  const count = (mark: string): number => checks.filter((check) => markOf(check) === mark).length
  const [wrong, open] = [count(marks.wrong), count(marks.open)]
  const words = [
    wrong === 0 ? 'Nothing is wrong' : `${wrong} of ${checks.length} are wrong`,
    ...(open === 0 ? [] : [`${open} of ${checks.length} could not be checked`]),
  ]
  lines.push(`${words.join('; ')}. Nothing was signed.`, '')
  return lines.map((line) => printable(line).trimEnd()).join('\n')
}

const field = (label: string, value: string): string => `         ${label.padEnd(9)}${value}`
