import { z } from 'zod'
import { errorSentence } from '../../../domain/app-error.ts'
import { readTrust } from '../../../sigstore/trust/trust-material.ts'
import type { TrustRoot } from '../../../sigstore/trust/trust-root.ts'
import type { ContainerRuntime } from '../../runtimes/runtime.ts'

/** The name of the socket in the folder for records, on which a configured plugin reports its health. */
export const healthSocket = 'health.sock'

const part = z.object({ ok: z.boolean(), found: z.string().max(2_000) })

/** What a plugin reports about itself: one line of JSON. */
export const healthReport = z.object({ pid: z.number().int().positive(), engine: part, trustedRoot: part })
export type HealthReport = z.infer<typeof healthReport>

/** The runtimes' time limit; the client waits longer. */
const engineWithinMs = 1_500

/** The plugin's health: whether it could attest now. */
export async function reportHealth(runtimes: readonly ContainerRuntime[], trust: TrustRoot): Promise<HealthReport> {
  const [engine, root] = await Promise.all([runtimesAnswer(runtimes), trust.current()])
  const material = root.ok ? readTrust(root.value) : root
  const trustedRoot = material.ok
    ? { ok: true, found: ['usable', ...material.value.unusable].join('; ').slice(0, 2_000) }
    : { ok: false, found: errorSentence(material.error) }
  return { pid: process.pid, engine, trustedRoot }
}

/** With several runtimes, the first that does not answer. */
async function runtimesAnswer(runtimes: readonly ContainerRuntime[]): Promise<HealthReport['engine']> {
  const signal = AbortSignal.timeout(engineWithinMs)
  const answers = await Promise.all(
    runtimes.map(async (runtime) => {
      const answer = await runtime.answers(signal)
      const said = answer.ok ? answer.value : (answer.error.found ?? answer.error.what)
      return { ok: answer.ok, found: runtimes.length === 1 ? said : `${runtime.socket}: ${said}` }
    }),
  )
  const failed = answers.filter((each) => !each.ok)
  const shown = failed.length > 0 ? failed : answers
  return {
    ok: failed.length === 0,
    found: shown
      .map(({ found }) => found)
      .join('; ')
      .slice(0, 2_000),
  }
}
