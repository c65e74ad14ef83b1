import { z } from 'zod'
import { ok, type Result } from '../domain/result.ts'
import { eventsSince } from './inspect.ts'

const event = z.object({ Action: z.string(), Actor: z.object({ ID: z.string() }) })

/**
 * Asks the engine which programs were started in a container since it was started itself, each with its arguments in one
 * text. Undefined when the engine's events do not go back that far: Docker Engine keeps its last 256.
 */
export async function programsSinceStart(
  socket: string,
  id: string,
  signal: AbortSignal,
): Promise<Result<readonly string[] | undefined>> {
  const answer = await eventsSince(socket, 1_000_000_000n, signal)
  if (!answer.ok) return answer
  const own = answer.value.events.flatMap((text) => {
    const parsed = event.safeParse(parseJson(text))
    return parsed.success && parsed.data.Actor.ID === id ? [parsed.data.Action] : []
  })
  const start = own.lastIndexOf('start')
  if (!answer.value.docker || start < 0) return ok(undefined)
  const created = 'exec_create: '
  // Docker writes a space after the last word when there are no arguments.
  return ok(
    own
      .slice(start + 1)
      .filter((action) => action.startsWith(created))
      .map((action) => action.slice(created.length).trimEnd()),
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
