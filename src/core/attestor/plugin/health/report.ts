import { z } from 'zod'
import { getOverSocket } from '../../../containers/inspect/engine-http.ts'
import { errorSentence } from '../../../domain/app-error.ts'
import { errorCode } from '../../../files/read-regular.ts'
import { readTrust } from '../../../sigstore/trust/trust-material.ts'
import type { TrustRoot } from '../../../sigstore/trust/trust-root.ts'

/** The name of the socket in the folder for records, on which a configured plugin reports its health. */
export const healthSocket = 'health.sock'

const part = z.object({ ok: z.boolean(), found: z.string().max(2_000) })

/** What a plugin reports about itself: one line of JSON. */
export const healthReport = z.object({ pid: z.number().int().positive(), engine: part, trustedRoot: part })
export type HealthReport = z.infer<typeof healthReport>

/** The engine's time limit; the client waits longer. */
const engineWithinMs = 1_500

/** The plugin's health: whether it could attest now. */
export async function reportHealth(engineSocket: string, trust: TrustRoot): Promise<HealthReport> {
  const [engine, root] = await Promise.all([engineAnswers(engineSocket), trust.current()])
  const material = root.ok ? readTrust(root.value) : root
  const trustedRoot = material.ok
    ? { ok: true, found: ['usable', ...material.value.unusable].join('; ').slice(0, 2_000) }
    : { ok: false, found: errorSentence(material.error) }
  return { pid: process.pid, engine, trustedRoot }
}

async function engineAnswers(socket: string): Promise<HealthReport['engine']> {
  const signal = AbortSignal.timeout(engineWithinMs)
  try {
    const { status } = await getOverSocket(socket, '/_ping', signal)
    return { ok: status === 200, found: `it answers ${status}` }
  } catch (error) {
    if (signal.aborted) return { ok: false, found: 'no answer in time' }
    return { ok: false, found: errorCode(error) }
  }
}
