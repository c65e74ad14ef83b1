import { z } from 'zod'
import { parseJson } from '../../domain/json.ts'
import { ok, type Result } from '../../domain/result.ts'
import { eventsSince } from './inspect.ts'

const event = z.object({ Action: z.string(), Actor: z.object({ ID: z.string() }), timeNano: z.number() })

/** An exec session of a running container. */
export interface StartedProgram {
  /** With its arguments, as one text. */
  readonly program: string
  /** Milliseconds since the epoch, by the engine's clock. */
  readonly at: number
}

/**
 * Lists which programs were started in a container since its own start, oldest first. Undefined when the engine's
 * events do not go back that far: Docker Engine keeps its last 256.
 */
export async function programsSinceStart(
  socket: string,
  id: string,
  signal: AbortSignal,
): Promise<Result<readonly StartedProgram[] | undefined>> {
  const answer = await eventsSince(socket, 1_000_000_000n, signal)
  if (!answer.ok) return answer
  const own = answer.value.events.flatMap((text) => {
    const parsed = event.safeParse(parseJson(text))
    return parsed.success && parsed.data.Actor.ID === id ? [parsed.data] : []
  })
  const start = own.findLastIndex(({ Action }) => Action === 'start')
  if (!answer.value.docker || start < 0) return ok(undefined)
  const created = 'exec_create: '
  // Docker writes a space after the last word when there are no arguments.
  return ok(
    own
      .slice(start + 1)
      .filter(({ Action }) => Action.startsWith(created))
      .map(({ Action, timeNano }) => ({ program: Action.slice(created.length).trimEnd(), at: timeNano / 1e6 })),
  )
}
