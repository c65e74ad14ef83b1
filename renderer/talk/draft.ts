import type { AppError } from '../../src/core/domain/app-error.ts'
import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import { parseTalk } from '../../src/core/workflow/talk/parse.ts'
import type { Talk, TalkStop } from '../../src/core/workflow/talk/schema.ts'

/** A stop as it is being written; minutes are text until the talk is saved. */
export interface DraftStop extends Omit<TalkStop, 'minutes'> {
  /** Stable while stops are moved. */
  readonly id: number
  readonly minutes: string
}

export interface DraftPart {
  readonly id: number
  readonly scenario: ScenarioId
  readonly stops: readonly DraftStop[]
}

/** A talk that is being written. */
export interface TalkDraft {
  readonly title: string
  readonly minutes: string
  readonly parts: readonly DraftPart[]
}

let ids = 0
const nextId = (): number => ++ids

export const emptyStop = (): DraftStop => ({
  id: nextId(),
  act: 'attest',
  depth: 'story',
  minutes: '1',
  predict: false,
  notes: '',
})
export const emptyPart = (): DraftPart => ({ id: nextId(), scenario: 'signed', stops: [emptyStop()] })
export const emptyDraft = (): TalkDraft => ({ title: '', minutes: '10', parts: [emptyPart()] })

const draftOf = ({ title, minutes, parts }: Talk): TalkDraft => ({
  title,
  minutes: String(minutes),
  parts: parts.map(({ scenario, stops }) => ({
    id: nextId(),
    scenario,
    stops: stops.map((stop) => ({ ...stop, id: nextId(), minutes: String(stop.minutes) })),
  })),
})

/** The draft of a talk's text, or why it is no talk. */
export function draftOfText(text: string, file: string): { readonly draft: TalkDraft } | { readonly error: AppError } {
  const talk = parseTalk(text, file)
  return talk.ok ? { draft: draftOf(talk.value) } : { error: talk.error }
}

/** The file of a draft. Minutes that are no number stay as they were typed, and are refused where they stand. */
export const textOfDraft = ({ title, minutes, parts }: TalkDraft): string =>
  JSON.stringify(
    {
      title,
      minutes: numberOf(minutes),
      parts: parts.map(({ scenario, stops }) => ({
        scenario,
        stops: stops.map(({ act, depth, minutes: long, predict, notes }) => ({
          act,
          ...(depth === 'story' ? {} : { depth }),
          minutes: numberOf(long),
          ...(predict && act === 'attest' ? { predict } : {}),
          notes,
        })),
      })),
    },
    null,
    2,
  )

const numberOf = (text: string): number | string => {
  const trimmed = text.trim().replace(',', '.')
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : text
}

/** The planned minutes of all stops. */
export const plannedIn = ({ parts }: TalkDraft): number =>
  Math.round(
    parts.flatMap(({ stops }) => stops).reduce((sum, { minutes }) => sum + (Number(numberOf(minutes)) || 0), 0) * 100,
  ) / 100

/** A list with one of its items moved by one place, where there is a place. */
export function moved<T>(list: readonly T[], at: number, by: 1 | -1): readonly T[] {
  const to = at + by
  const [one, other] = [list[at], list[to]]
  if (one === undefined || other === undefined) return list
  return list.map((each, index) => (index === at ? other : index === to ? one : each))
}

/** A file's name from a title. */
export const nameFor = (title: string): string =>
  title
    .toLowerCase()
    .normalize('NFD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
