import { join } from 'node:path'
import { isChosen } from '../../containers/chosen-engine.ts'
import type { Engine } from '../../containers/engine.ts'
import { findEngine } from '../../containers/find-engine.ts'
import { privateSocket, startPrivateEngine } from '../../containers/private-engine.ts'
import { probeContainers } from '../../containers/probe-engine.ts'
import { ok, type Result } from '../../domain/result.ts'
import { findDockerd } from '../../tools/engine-program.ts'
import { registryOfStory } from '../registry-of-story.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'
import { machineChecks } from './machine-checks.ts'

/** Finds a container engine that fits, or starts our own, and looks at disk, clock and ports. */
export async function preflight(context: StepContext): Promise<StepOutcome> {
  const { session, signal, report } = context
  for (const text of session.leftovers) report({ type: 'step.noted', text: `An earlier session was cut off: ${text}.` })
  const machine = await machineChecks(session.folders.state, session.folders.cache)
  if (!machine.ok) return failed(machine.error)
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
      {
        id: 'containers',
        verdict: 'passed',
        expected: 'the processes of containers are visible in /proc, with the container id in their cgroup',
        found: `probe seen as pid ${visible.value.pid}`,
      },
    ],
  })
}

async function engineOf({ session, signal, report, redactor }: StepContext): Promise<Result<Engine>> {
  const { places, folders, services, health } = session
  const { tlsAuthority } = registryOfStory(session)
  const found = await findEngine({ privateSocket: privateSocket(folders.runtime), signal })
  // One that the user chose is used, or none.
  if (found.ok || process.getuid?.() !== 0 || isChosen(process.env)) return found
  const dockerd = await findDockerd(process.env['PATH'])
  if (dockerd === undefined) return found
  const started = await startPrivateEngine({
    dockerd,
    folder: places.engine,
    runtimeDir: folders.runtime,
    logFile: join(places.logs, 'dockerd.log'),
    pidFolder: places.pids,
    ...(tlsAuthority === undefined ? {} : { tlsAuthorities: [tlsAuthority] }),
    signal,
  })
  if (!started.ok) return started
  services.add('private container engine', started.value)
  health.watch([started.value.service])
  report({
    type: 'step.command-ran',
    command: { argv: started.value.service.command.map((word) => redactor.clean(word)), byHand: false },
  })
  return ok(started.value.engine)
}
