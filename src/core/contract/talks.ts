import * as z from 'zod'
import { scenarioIds } from '../workflow/scenarios.ts'
import { talkBounds, talkName } from '../workflow/talk/schema.ts'
import { errorSchema } from './changes.ts'

const name = z.string().regex(talkName)

/** A talk in a list, or why its file is none. Its notes are not listed. */
const listedTalk = z.strictObject({
  name,
  /** Whether it is shipped; else it is the user's own. */
  ships: z.boolean(),
  title: z.string().nullable(),
  minutes: z.number().nullable(),
  stops: z.int().min(0),
  /** Its scenarios of which no rehearsal is kept on this machine. */
  unrehearsed: z.array(z.enum(scenarioIds)),
  problem: errorSchema.nullable(),
})
export type ListedTalk = z.output<typeof listedTalk>

/** What a front end can request about talks. */
export const talkRequests = {
  /**
   * The existing talks, shipped ones first, and the folder of the user's own. `ignored`: files there that no talk can be
   * named after.
   */
  listTalks: {
    input: z.strictObject({}),
    output: z.strictObject({
      talks: z.array(listedTalk),
      folder: z.string(),
      ignored: z.array(z.string().max(255)).max(10),
    }),
  },
  /** The text of a talk's file: to change it, or as a template. */
  readTalk: { input: z.strictObject({ name }), output: z.strictObject({ text: z.string() }) },
  /**
   * Writes a talk of the user's own, atomically. Anything but a talk is refused, and so is the name of a shipped one, and
   * of an existing one unless `replace`.
   */
  saveTalk: {
    input: z.strictObject({ name, text: z.string().max(talkBounds.characters * 4), replace: z.boolean() }),
    output: z.strictObject({}),
  },
  /** Keeps the recording of a finished run as the rehearsal of a talk, in place of an older one of its scenario. */
  keepRehearsal: {
    input: z.strictObject({ talk: name, runId: z.string().regex(/^[a-z0-9-]{1,80}$/) }),
    output: z.strictObject({}),
  },
} as const
