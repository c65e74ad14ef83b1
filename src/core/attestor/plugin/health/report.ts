import { request } from 'node:http'
import { z } from 'zod'
import { errorSentence } from '../../../domain/app-error.ts'
import { readTrustMaterial } from '../../../sigstore/trust/trust-material.ts'
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
  const material = root.ok ? readTrustMaterial(root.value) : root
  const trustedRoot = material.ok ? { ok: true, found: 'usable' } : { ok: false, found: errorSentence(material.error) }
  return { pid: process.pid, engine, trustedRoot }
}

function engineAnswers(socketPath: string): Promise<HealthReport['engine']> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(engineWithinMs)
    const asked = request({ socketPath, path: '/_ping', signal, agent: false }, (answer) => {
      answer.resume()
      resolve({ ok: answer.statusCode === 200, found: `it answers ${answer.statusCode}` })
    })
    asked.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ ok: false, found: signal.aborted ? 'no answer in time' : (error.code ?? error.message) })
    })
    asked.end()
  })
}
