import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { shortestSecret } from '../../process/redactor.ts'
import { agentSocketFolder, type GivenServer, startSpireAgent } from '../../spire/agent.ts'
import type { SpireServer } from '../../spire/server.ts'
import { givenSpire } from '../resources.ts'
import { attestorOfStory } from '../shared/attestor-of-story.ts'
import { nodeAlias, selectorType } from '../shared/trust-domain.ts'
import { workloadApi } from '../shared/workload-api.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

/** Starts a SPIRE agent that joins by a one-time token and loads our attestor. */
export async function spireAgent(context: StepContext): Promise<StepOutcome> {
  const { session, signal, report, redactor } = context
  const { places, folders, tools, programs, services } = session
  const joins = serverToJoin(context)
  if (!joins.ok) return failed(joins.error)
  await mkdir(places.decisions, { recursive: true, mode: 0o700 })
  const runtimeDir = join(folders.runtime, 'spire')
  const mounts = [agentSocketFolder(runtimeDir)]
  const configuration = attestorOfStory(context, { decisions: places.decisions, mounts })
  await writeFile(places.attestorConfig, configuration, { mode: 0o600 })
  const started = await startSpireAgent({
    program: tools['spire-agent'],
    folder: join(places.spire, 'agent'),
    runtimeDir,
    logFile: join(places.logs, 'spire-agent.log'),
    pidFolder: places.pids,
    redactor,
    signal,
    ...joins.value,
    plugin: { name: selectorType, command: programs.attestorPlugin, dataFile: places.attestorConfig },
    // The plugin's first line names `node`; the agent finds it where this program's own Node is.
    env: { PATH: `${dirname(programs.node)}:${process.env['PATH'] ?? ''}` },
  })
  if (!started.ok) return failed(started.error)
  services.add('spire-agent', started.value)
  const { service, plugin, agentId, version } = started.value
  session.health.watch(plugin === undefined ? [service] : [service, plugin])
  session.running.spireAgent = started.value
  session.running.workloadApi = workloadApi(started.value.socket, places.decisions)
  report({ type: 'step.command-ran', command: { argv: service.command, byHand: false } })
  return passed({ kind: 'agent', agentId, agentVersion: version, nodeAlias: joins.value.nodeAlias })
}

/** Our own server, or the existing one, with the token from its operator. */
function serverToJoin(context: StepContext): Result<{ server: SpireServer | GivenServer; nodeAlias: string }> {
  const { session, redactor } = context
  const ours = session.running.spireServer
  if (ours !== undefined) return ok({ server: ours, nodeAlias })
  const spire = givenSpire(session)
  if (!('server' in spire)) throw new Error('This step is for profiles with a server.')
  const joinToken = process.env[spire.joinToken] ?? ''
  if (joinToken.length < shortestSecret) {
    return err(
      appError(
        'spire.no-join-token',
        'There is no join token.',
        `Set ${spire.joinToken}: the operator makes one with spire-server token generate -spiffeID ${spire.parentId}`,
        { expected: 'a join token', found: joinToken === '' ? 'nothing' : 'a shorter text' },
      ),
    )
  }
  redactor.add(joinToken)
  const [, address = '', port = ''] = /^(.*):([0-9]+)$/.exec(spire.server) ?? []
  const { trustDomain, bundlePem } = context.artifact('trust-domain')
  return ok({ server: { trustDomain, address, port: Number(port), bundlePem, joinToken }, nodeAlias: spire.parentId })
}
