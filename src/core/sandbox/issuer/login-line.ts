import { z } from 'zod'
import { parseJson } from '../../domain/json.ts'

const lineSchema = z.object({
  type: z.literal('login'),
  issuer: z.string(),
  /** The PKCE challenge of the request: public, and different for each login. */
  login: z.string(),
  state: z.enum(['waiting', 'granted', 'denied']),
  /** E-mail address of the person who logged in. */
  persona: z.string().nullable(),
})

/** What the issuer program prints about a login, one JSON object a line. Never a token or a code. */
export type LoginLine = z.infer<typeof lineSchema>

/** The line's content, or undefined when the line is something else (warnings of libraries). */
export function parseLoginLine(text: string): LoginLine | undefined {
  if (!text.startsWith('{')) return undefined
  return lineSchema.safeParse(parseJson(text)).data
}
