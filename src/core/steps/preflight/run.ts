import { join } from 'node:path'
import { isChosen } from '../../containers/engine/chosen-engine.ts'
import type { Engine } from '../../containers/engine/engine.ts'
import { findEngine } from '../../containers/engine/find-engine.ts'
import { privateSocket, startPrivateEngine } from '../../containers/engine/private-engine.ts'
import { probeContainers } from '../../containers/engine/probe-engine.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { networkProblems } from '../../machine/network-checks.ts'
import { timestampMetrics } from '../../sandbox/service-specs.ts'
import { findDockerd, withoutEngine } from '../../tools/setup/engine-program.ts'
import { registryOfStory } from '../shared/registry-of-story.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'
import { machineChecks } from './machine-checks.ts'

/** Finds a suitable container engine, or starts our own, and checks disk, clock, loopback and the one fixed port. */
export async function preflight(context: StepContext): Promise<StepOutcome> {
  const { session, signal, report } = context
  for (const text of session.leftovers) report({ type: 'step.noted', text: `An earlier session was cut off: ${text}.` })
  const machine = await machineChecks(session.folders.state, session.folders.cache)
  if (!machine.ok) return failed(machine.error)
  // The services of other profiles are elsewhere, and our running ones already hold their ports.
  const sandbox = session.profile.kind === 'sandbox' && session.running.sandbox === undefined
  const [problem] = sandbox ? await networkProblems(timestampMetrics) : []
  if (problem !== undefined) return failed(problem)
  report({ type: 'step.progressed', progress: { kind: 'indeterminate', label: 'looking for a container engine' } })
  const engine = await engineOf(context)
  if (!engine.ok) return failed(engine.error)
  report({ type: 'step.progressed', progress: { kind: 'indeterminate', label: 'looking for its containers in /proc' } })
  const visible = await probeContainers(engine.value, { workload: session.tools.workload, signal })
  if (!visible.ok) return failed(visible.error)
  session.running.engine = engine.value
  const { name, version, socket, ours } = engine.value
  return passed({
    kind: 'machine',
    engine: { name, version, socket, ours },
    checks: [
      ...machine.value,
      ...(sandbox ? [networkCheck] : []),
      {
        id: 'containers',
        verdict: 'passed',
        expected: 'the processes of containers are visible in /proc, with the container id in their cgroup',
        found: `probe seen as pid ${visible.value.pid}`,
      },
    ],
  })
}

const networkCheck = {
  id: 'network',
  verdict: 'passed',
  expected: `127.0.0.1 and localhost can be used, port ${timestampMetrics.port} is free`,
  found: 'usable; the port is free',
} as const

async function engineOf({ session, signal, report, redactor }: StepContext): Promise<Result<Engine>> {
  const { places, folders, services, health } = session
  const { caFile } = registryOfStory(session)
  const found = await findEngine({ privateSocket: privateSocket(folders.runtime), signal })
  // The user's choice is used, or none.
  if (found.ok || isChosen(process.env)) return found
  if (process.getuid?.() !== 0) return err(withoutEngine(found.error))
  const dockerd = await findDockerd(process.env['PATH'])
  if (dockerd === undefined) return err(withoutEngine(found.error))
  const started = await startPrivateEngine({
    dockerd,
    folder: places.engine,
    runtimeDir: folders.runtime,
    logFile: join(places.logs, 'dockerd.log'),
    pidFolder: places.pids,
    ...(caFile === undefined ? {} : { caFiles: [caFile] }),
    signal,
  })
  if (!started.ok) return started
  services.add('private container engine', started.value)
  const { service, containerd } = started.value
  health.watch(containerd === undefined ? [service] : [service, containerd])
  report({
    type: 'step.command-ran',
    command: { argv: started.value.service.command.map((word) => redactor.clean(word)), byHand: false },
  })
  return ok(started.value.engine)
}
