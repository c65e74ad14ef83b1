import { z } from 'zod'
import { appError } from '../domain/app-error.ts'
import { parseJson } from '../domain/json.ts'
import { err, ok, type Result } from '../domain/result.ts'

const pem = z.string().max(64 * 1024)

const answerSchema = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('svid'),
    spiffeId: z.string(),
    /** PEM, leaf first. */
    chain: z.array(pem).min(1).max(10),
    bundle: z.array(pem).min(1).max(50),
    elapsedMs: z.number(),
  }),
  z.object({
    outcome: z.literal('refused'),
    /** The name of a gRPC code, e.g. PermissionDenied. */
    code: z.string().max(40),
    text: z.string().max(2_000),
    elapsedMs: z.number(),
  }),
])

/** What the workload printed: its SVID, or the agent's refusal. */
export type WorkloadAnswer = z.infer<typeof answerSchema>

/** Parses the workload's one line. The line comes out of a container, so nothing in it is trusted. */
export function parseWorkloadAnswer(line: string): Result<WorkloadAnswer> {
  const raw = parseJson(line)
  if (raw === undefined) return err(garbage(line.slice(0, 200)))
  const parsed = answerSchema.safeParse(raw)
  return parsed.success ? ok(parsed.data) : err(garbage(z.prettifyError(parsed.error)))
}

const garbage = (found: string) =>
  appError('workload.garbage', 'The workload’s answer cannot be read.', 'Check that the image runs our workload.', {
    expected: 'one line of JSON with an SVID or a refusal',
    found,
  })
