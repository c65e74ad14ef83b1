import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import type { ListedTalk } from '../contract/talks.ts'
import { type AppError, appError } from '../domain/app-error.ts'
import { nearestWord } from '../domain/nearest-word.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { readRegularText } from '../files/read-regular.ts'
import { parseTalk } from '../workflow/talk/parse.ts'
import { stopsOf } from '../workflow/talk/position.ts'
import { type Talk, talkBounds, talkName } from '../workflow/talk/schema.ts'
import type { Rehearsed } from './rehearsals.ts'

/** Where talks lie: what ships, and the user's own. */
export interface TalkPlaces {
  /** The folder of what ships with the program; its talks are in `talks`. */
  readonly assets: string
  /** The user's own configuration; own talks are in `talks`. */
  readonly config: string
}

/** All talks, shipped ones first; a broken one does not hide the others. */
export async function listTalks(
  places: TalkPlaces,
  isRehearsed: (of: Rehearsed) => boolean,
): Promise<{ talks: ListedTalk[]; folder: string; ignored: string[] }> {
  const { shipped, own, ignored } = await namesOf(places)
  const listed = async (name: string): Promise<ListedTalk> => {
    const talk = await readTalk(name, places)
    const ships = shipped.includes(name)
    if (!talk.ok) return { name, ships, title: null, minutes: null, stops: 0, unrehearsed: [], problem: talk.error }
    const { title, minutes, parts } = talk.value
    const scenarios = [...new Set(parts.map(({ scenario }) => scenario))]
    const unrehearsed = scenarios.filter((scenario) => !isRehearsed({ talk: name, scenario }))
    return { name, ships, title, minutes, stops: stopsOf(talk.value).length, unrehearsed, problem: null }
  }
  const talks = await Promise.all([...shipped, ...own].map(listed))
  return {
    talks: talks.toSorted((one, other) => Number(other.ships) - Number(one.ships) || byMinutes(one, other)),
    folder: join(places.config, 'talks'),
    ignored: ignored.slice(0, mostIgnored),
  }
}

/** How many files of an unusable name are named. */
const mostIgnored = 10

const byMinutes = (one: ListedTalk, other: ListedTalk): number => (one.minutes ?? 0) - (other.minutes ?? 0)

/** The text of a talk's file, valid or not. */
export async function readTalkText(name: string, places: TalkPlaces): Promise<Result<string>> {
  const { shipped, own } = await namesOf(places)
  if (![...shipped, ...own].includes(name)) return err(unknown(name, [...shipped, ...own], places))
  const text = readRegularText(fileOf(name, places, shipped.includes(name)), {
    maxBytes: talkBounds.characters * 4,
    protected: !shipped.includes(name),
    privateGroup: true,
  })
  return text.ok ? text : err(unreadable(name, text.error))
}

/** Reads a talk by name. A user's file cannot replace a shipped one. */
export async function readTalk(name: string, places: TalkPlaces): Promise<Result<Talk>> {
  const text = await readTalkText(name, places)
  return text.ok ? parseTalk(text.value, `${name}.json`) : text
}

/**
 * Writes a talk of the user's own, atomically. Anything but a talk is refused before anything is written, and so is the
 * name of a shipped one, and of an existing one unless `replace`.
 */
export async function saveTalk(
  { name, text, replace }: { readonly name: string; readonly text: string; readonly replace: boolean },
  places: TalkPlaces,
): Promise<Result<void>> {
  const file = fileOf(name, places, false)
  const talk = parseTalk(text, file)
  if (!talk.ok) return talk
  const { shipped, own } = await namesOf(places)
  if (shipped.includes(name)) return err(taken(name, 'it came with this program'))
  if (!replace && own.includes(name)) return err(taken(name, `it lies in ${file}`))
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFileAtomic(file, `${text.trimEnd()}\n`, { mode: 0o600 })
    return ok(undefined)
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error)
    const remedy = 'Make room for it, or see to it that you may write there.'
    return err(
      appError('config.talk-not-saved', 'The talk was not saved.', remedy, { expected: `a file at ${file}`, found }),
    )
  }
}

const fileOf = (name: string, { assets, config }: TalkPlaces, ships: boolean): string =>
  join(ships ? assets : config, 'talks', `${name}.json`)

async function namesOf({
  assets,
  config,
}: TalkPlaces): Promise<Readonly<Record<'shipped' | 'own' | 'ignored', readonly string[]>>> {
  const shipped = (await filesIn(join(assets, 'talks'))).flatMap((file) => nameOf(file) ?? [])
  const files = await filesIn(join(config, 'talks'))
  const isOwn = (name: string | undefined): name is string => name !== undefined && !shipped.includes(name)
  return {
    shipped,
    own: files.map(nameOf).filter(isOwn),
    ignored: files.filter((file) => /\.json$/i.test(file) && !isOwn(nameOf(file))),
  }
}

const filesIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder).catch((): string[] => [])).sort()

const nameOf = (file: string): string | undefined => {
  const name = /^(.+)\.json$/.exec(file)?.[1]
  return name !== undefined && talkName.test(name) ? name : undefined
}

const unreadable = (name: string, { expected, found }: AppError): AppError =>
  appError('config.talk', 'This talk is not accepted.', `Correct ${name}.json.`, {
    expected: expected ?? 'a file that can be read',
    found: found ?? 'unknown',
  })

const taken = (name: string, found: string): AppError =>
  appError('config.talk-taken', 'There is a talk of this name.', 'Choose another name.', {
    expected: 'a name that no talk has',
    found: `${name}: ${found}`,
  })

const unknown = (name: string, names: readonly string[], { config }: TalkPlaces): AppError => {
  const nearest = nearestWord(name, names)
  return appError(
    'config.talk-unknown',
    'There is no such talk.',
    nearest === undefined ? `Make one in ${join(config, 'talks')}.` : `Is "${nearest}" meant?`,
    { expected: `one of ${names.join(', ')}`, found: JSON.stringify(name.slice(0, 100)) },
  )
}
