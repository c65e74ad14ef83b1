import { type AppError, appError } from '../../domain/app-error.ts'
import { withoutMark } from '../../domain/json.ts'
import { readConfig } from '../../domain/read-config.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { parseStrictJson } from '../../domain/strict-json.ts'
import { type Talk, talkBounds, talkSchema } from './schema.ts'

/** Reads a talk, which may come from anywhere. `file` names it in the error, which says what is wrong and where. */
export function parseTalk(text: string, file: string): Result<Talk> {
  if (text.length > talkBounds.characters)
    return err(unusable(file, `at most ${talkBounds.characters} characters`, `${text.length} characters`))
  const read = parseStrictJson(withoutMark(text))
  if (!read.ok) return err(unusable(file, 'a JSON object', read.error === 'not JSON' ? notJson(text) : read.error))
  const talk = readConfig(talkSchema, read.value, [])
  return talk.ok
    ? ok(talk.value.config)
    : err(
        unusable(
          file,
          'a talk: talk.schema.json says which keys there are',
          talk.error,
          `change ${places(talk.error)}`,
        ),
      )
}

/** Where to change it, as a person counts: `the act of part 1, stop 2`. */
function places(problems: string): string {
  const named = problems.split('; ').flatMap((problem) => {
    const path = /^([A-Za-z$][\w$.-]*): /.exec(problem)?.[1]
    return path === undefined || path === 'it' ? [] : [placeOf(path)]
  })
  return named.length === 0 ? 'what “found” names' : [...new Set(named)].join(', ')
}

function placeOf(path: string): string {
  const [, part, stop, key] = /^parts\.(\d+)(?:\.stops\.(\d+))?(?:\.(\w+))?$/.exec(path) ?? []
  if (part === undefined) return path
  const place = [`part ${Number(part) + 1}`, ...(stop === undefined ? [] : [`stop ${Number(stop) + 1}`])].join(', ')
  return key === undefined ? place : `the ${key} of ${place}`
}

/** UTF-16 read as UTF-8 has a zero after each letter. */
const notJson = (text: string): string =>
  text.includes('\u0000') || text.includes('\uFFFD') ? 'text in another encoding; save it as UTF-8' : 'other text'

// oxlint-disable-next-line max-params -- the parts of an error
const unusable = (file: string, expected: string, found: string, change = `make it ${expected}`): AppError =>
  appError('config.talk', 'This talk is not accepted.', `In ${file}, ${change}.`, { expected, found })
