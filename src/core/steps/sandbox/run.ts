import { readFile } from 'node:fs/promises'
import { probeRegistry } from '../../containers/engine/probe-engine.ts'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { sandboxServiceIds } from '../../sandbox/service-specs.ts'
import { expectedPersona, personaEmail } from '../../workflow/scenarios.ts'
import { running } from '../resources.ts'
import { demoRepository } from '../shared/demo-image.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

/** Starts the private Sigstore and proves that the container engine reaches its registry. */
export async function sandbox(context: StepContext): Promise<StepOutcome> {
  const { session, signal, report, redactor } = context
  const { tools, places, programs } = session
  const ready = new Set<string>()
  const started = await startSandbox({
    folder: places.sandbox,
    runtimeDir: session.folders.runtime,
    logDir: places.logs,
    pidFolder: places.pids,
    programs: {
      fulcio: tools.fulcio,
      rekorServer: tools['rekor-server'],
      timestampServer: tools['timestamp-server'],
      registry: tools.registry,
      ctLog: tools['ct-log'],
    },
    node: programs.node,
    issuerEntry: programs.issuer,
    redactor,
    signal,
    onService: ({ id, state }) => {
      if (state !== 'ready') return
      ready.add(id)
      report({
        type: 'step.progressed',
        progress: { kind: 'count', label: `${id} is ready:`, done: ready.size, total: sandboxServiceIds.length },
      })
    },
  })
  if (!started.ok) return failed(started.error)
  session.services.add('sandbox', started.value)
  session.health.watch(started.value.services)
  for (const { command } of started.value.services) {
    report({ type: 'step.command-ran', command: { argv: command, byHand: false } })
  }
  const { endpoints } = started.value
  const reached = await probeRegistry(running(session, 'engine'), endpoints.registry)
  if (!reached.ok) {
    // The step can be done again only when nothing of this try holds its ports.
    await started.value.stop()
    return failed(reached.error)
  }
  session.running.sandbox = started.value
  const trustedRootJson = await readFile(endpoints.trustedRoot, 'utf8')
  return passed({
    kind: 'sigstore',
    ...endpoints,
    repository: demoRepository(endpoints.registry),
    signer: { subject: personaEmail(expectedPersona), issuer: endpoints.issuer },
    rekorVersion: 2,
    trustedRootJson,
    checks: [],
  })
}
