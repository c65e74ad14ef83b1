import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import writeFileAtomic from 'write-file-atomic'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type ConfirmProfile, ledTo } from './led-to.ts'
import { envFileOf, type ProfilePlaces, parseProfileText, profileNames, profileShips } from './read-profile.ts'

/**
 * Writes a profile of the user's own, atomically. Anything but a profile is refused before anything is written, and so
 * is the name of a shipped one, and of an existing one unless `replace`. If a person can be asked, nothing is written
 * before they have seen where it leads and agreed.
 */
export async function saveProfile(
  { name, text, replace }: { readonly name: string; readonly text: string; readonly replace: boolean },
  places: ProfilePlaces,
  confirm?: ConfirmProfile,
): Promise<Result<void>> {
  const file = join(places.config, 'profiles', `${name}.json`)
  const profile = parseProfileText(text, file)
  if (!profile.ok) return profile
  if (await profileShips(name, places)) return err(taken(name, 'it came with this program'))
  if (!replace && (await profileNames(places)).includes(name)) return err(taken(name, `it lies in ${file}`))
  if (confirm !== undefined && !(await confirm(ledTo(profile.value, file)))) return err(declined)
  return write(file, `${text.trimEnd()}\n`)
}

/** Sets values that a profile leaves to the environment; others in its file stay. */
export async function fillProfile(
  { name, values }: { readonly name: string; readonly values: Readonly<Record<string, string>> },
  places: ProfilePlaces,
): Promise<Result<void>> {
  const odd = Object.entries(values).find(([, value]) => /["\n\r]/.test(value))
  if (odd !== undefined) {
    const remedy = 'Leave quotation marks and line breaks out.'
    return err(appError('config.profile-value', `This cannot be a value of ${odd[0]}.`, remedy))
  }
  const file = envFileOf(name, places)
  const before = await readFile(file, 'utf8').catch(() => '')
  const all = { ...parseEnv(before), ...values }
  return write(
    file,
    Object.entries(all)
      .map(([key, value]) => `${key}="${value}"\n`)
      .join(''),
  )
}

async function write(file: string, text: string): Promise<Result<void>> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFileAtomic(file, text, { mode: 0o600 })
    return ok(undefined)
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error)
    const remedy = 'Make room for it, or see to it that you may write there.'
    return err(
      appError('config.profile-not-saved', 'The profile was not saved.', remedy, {
        expected: `a file at ${file}`,
        found,
      }),
    )
  }
}

const declined = appError(
  'config.profile-declined',
  'The profile was not saved: you said no.',
  'Save it again, and say yes.',
)

const taken = (name: string, found: string) =>
  appError('config.profile-taken', 'There is a profile of this name.', 'Choose another name.', {
    expected: 'a name that no profile has',
    found: `${name}: ${found}`,
  })
