import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { createContainer } from '../../src/core/containers/container.ts'
import { connectEngine, type Engine } from '../../src/core/containers/engine/engine.ts'
import { socketMount } from '../../src/core/containers/images/demo-image.ts'
import { pushImage } from '../../src/core/containers/images/push-image.ts'
import type { Result } from '../../src/core/domain/result.ts'
import { type Folders, places } from '../../src/core/machine/folders.ts'
import { loginAs } from '../../src/core/sandbox/login-client.ts'
import { signWithCosign } from '../../src/core/sigstore/cosign/cosign-sign.ts'
import { parseWorkloadAnswer, type WorkloadAnswer } from '../../src/core/spire/workload-answer.ts'
import { dist, tools } from '../integration/harness/session.ts'
import { fileBelow } from './truth.ts'

/** Signs an image by its digest with cosign, as a person does in a terminal beside the window. Throws why it cannot. */
export async function signByHand(where: Folders, image: string, persona: string, issuer: string): Promise<void> {
  const { sandbox, cosignHome, pids } = places(where)
  const folder = mkdtempSync(join(where.state, 'by-hand-'))
  const signed = await signWithCosign({
    cosign: tools().cosign,
    reference: image,
    signingConfig: fileBelow(where.runtime, 'signing-config.json'),
    trustedRoot: fileBelow(sandbox, 'trusted_root.json'),
    bundleFile: join(folder, 'bundle.json'),
    openerDir: join(dist, 'opener'),
    node: process.execPath,
    runtimeDir: where.runtime,
    homeDir: cosignHome,
    logFile: join(folder, 'cosign.log'),
    pidFolder: pids,
    timeoutMs: 30_000,
    onUrl: (url, signal) => loginAs({ url, issuer, persona, decision: 'allow', signal }),
  })
  valueOf(signed)
}

/** The engine that answers at a socket. Throws why none does. */
export const engineAt = async (socket: string): Promise<Engine> => valueOf(await connectEngine(socket, { ours: false }))

/** Pushes an image as `docker push` does; returns its digest. */
export const pushByHand = async (engine: Engine, repository: string, tag: string): Promise<string> =>
  valueOf(await pushImage(engine, { repository, tag })).digest

/** Starts an image unchanged, with no other mount than the agent's socket, and returns what the workload got. */
export async function startByHand(engine: Engine, image: string, agentFolder: string): Promise<WorkloadAnswer> {
  const name = `by-hand-${randomUUID()}`
  const mounts = [{ source: agentFolder, target: socketMount }]
  const container = valueOf(await createContainer(engine, { image, name, mounts }))
  try {
    valueOf(await container.start())
    return valueOf(parseWorkloadAnswer(valueOf(await container.firstLine({ timeoutMs: 20_000 }))))
  } finally {
    await container.remove()
  }
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}
