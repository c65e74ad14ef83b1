import * as z from 'zod'
import { actIds, depths, stepOfAct } from '../acts.ts'
import { planFor } from '../plan.ts'
import { sandboxProfile } from '../profile.ts'
import { scenarioIds, scenarios } from '../scenarios.ts'
import type { StepId } from '../steps.ts'

// A talk's file. The schema is its only description: types are inferred, and assets/talks/talk.schema.json is made from
// it.

/** A talk's name: its file without `.json`. */
export const talkName = /^[a-z0-9][a-z0-9-]{0,40}$/

/** A talk is text that is spoken: far longer than any shipped one, and far from a megabyte. */
export const talkBounds = { characters: 256 * 1024, notes: 4_000, stops: 60, minutes: 180 } as const

const minutes = z.number().min(0.25).max(talkBounds.minutes)

const stopSchema = z
  .strictObject({
    act: z
      .enum(actIds, { error: `not an act; there are ${actIds.join(', ')}` })
      .describe('what is shown: a step, or one of map, certificate, log-entry, identity'),
    depth: z.enum(depths).default('story').describe('how much of it is shown at first'),
    minutes: minutes.describe('how long this stop is planned to take'),
    predict: z
      .boolean()
      .default(false)
      .describe('asks the audience at which gate it is denied, before the verdict is shown; only with the act attest'),
    notes: z
      .string()
      .max(talkBounds.notes)
      .default('')
      .describe('what to say; only the presenter window shows it. An empty line begins a new paragraph'),
  })
  .refine(({ act, predict }) => !predict || act === 'attest', {
    error: 'only the act attest has a verdict to predict',
    path: ['predict'],
  })
  .readonly()

const partSchema = z
  .strictObject({
    scenario: z
      .enum(scenarioIds, { error: `not a scenario; there are ${scenarioIds.join(', ')}` })
      .describe('the run that this part shows'),
    stops: z.array(stopSchema).min(1).max(talkBounds.stops).readonly(),
  })
  .refine(
    ({ scenario, stops }) => stops.every(({ act }) => hasAct(scenario, act)),
    'one of its acts does not occur in this scenario',
  )
  .readonly()

/** A talk as its file holds it. */
export const talkSchema = z
  .strictObject({
    $schema: z.string().max(2_000).optional(),
    title: z.string().max(120).regex(/\S/, 'a title is something to read'),
    minutes: minutes.describe('how long the whole talk takes'),
    parts: z.array(partSchema).min(1).max(20).readonly(),
  })
  .readonly()

export type Talk = z.output<typeof talkSchema>
export type TalkStop = z.output<typeof stopSchema>

/** Whether a scenario's run can show an act, with services of any kind. */
function hasAct(scenario: (typeof scenarioIds)[number], act: (typeof actIds)[number]): boolean {
  const step = stepOfAct(act)
  const planned = planFor(scenarios[scenario], sandboxProfile).find(({ id }) => id === step)
  return planned === undefined ? elsewhere.includes(step) : planned.skip === null
}

/** Steps of profiles other than the sandbox's; which of them a run has is known when the talk is given. */
const elsewhere: readonly StepId[] = ['connect', 'consent', 'given-server', 'given-agent']

/** The published schema of a talk's file. */
export const publishedTalkSchema = (): object => ({
  title: 'sigstore-attestor talk',
  ...z.toJSONSchema(talkSchema, { io: 'input' }),
})
