import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { attestorConfig } from '../../attestor/config.ts'
import { agentSocketFolder, startSpireAgent } from '../../spire/agent.ts'
import { running } from '../resources.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'
import { nodeAlias, selectorType } from '../trust-domain.ts'

/** Starts a SPIRE agent that joins by a one-time token and loads our attestor. */
export async function spireAgent(context: StepContext): Promise<StepOutcome> {
  const { session, signal, report, redactor } = context
  const { places, folders, tools, programs, services } = session
  const sigstore = context.artifact('sigstore')
  await mkdir(places.decisions, { recursive: true, mode: 0o700 })
  const runtimeDir = join(folders.runtime, 'spire')
  const configuration = attestorConfig({
    engineSocket: running(session, 'engine').socket,
    registries: [{ host: sigstore.registry, plainHttp: true }],
    trustedRoot: sigstore.trustedRoot,
    cosign: { path: tools.cosign },
    records: places.decisions,
    progress: true,
    launch: { mounts: [agentSocketFolder(runtimeDir)] },
    // A signature that was made a second ago must count now: that is what the story shows.
    cacheSeconds: 0,
  })
  await writeFile(places.attestorConfig, configuration, { mode: 0o600 })
  const started = await startSpireAgent({
    program: tools['spire-agent'],
    folder: join(places.spire, 'agent'),
    runtimeDir,
    logFile: join(places.logs, 'spire-agent.log'),
    pidFolder: places.pids,
    redactor,
    signal,
    server: running(session, 'spireServer'),
    nodeAlias,
    plugin: { name: selectorType, command: programs.attestorPlugin, dataFile: places.attestorConfig },
    // The plugin names `node` in its first line; the agent finds it where this program's own Node is.
    env: { PATH: `${dirname(programs.node)}:${process.env['PATH'] ?? ''}` },
  })
  if (!started.ok) return failed(started.error)
  services.add(started.value)
  session.health.watch([started.value.service])
  session.running.spireAgent = started.value
  const { service, agentId, version } = started.value
  report({ type: 'step.command-ran', command: { argv: service.command, byHand: false } })
  return passed({ kind: 'agent', agentId, agentVersion: version, nodeAlias })
}
