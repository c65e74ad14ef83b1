import { join } from 'node:path'
import { startSpireServer } from '../../spire/server.ts'
import { trustDomain } from '../shared/trust-domain.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

/** Starts a SPIRE server with new keys and no entries. */
export async function spireServer({ session, signal, report, redactor }: StepContext): Promise<StepOutcome> {
  const { places, folders, tools, services } = session
  const started = await startSpireServer({
    program: tools['spire-server'],
    folder: join(places.spire, 'server'),
    runtimeDir: join(folders.runtime, 'spire'),
    logFile: join(places.logs, 'spire-server.log'),
    pidFolder: places.pids,
    redactor,
    signal,
    trustDomain,
  })
  if (!started.ok) return failed(started.error)
  services.add('spire-server', started.value)
  session.health.watch([started.value.service])
  session.running.spireServer = started.value
  const { service, version, bundlePem } = started.value
  report({ type: 'step.command-ran', command: { argv: service.command, byHand: false } })
  return passed({ kind: 'trust-domain', trustDomain, serverVersion: version, bundlePem })
}
