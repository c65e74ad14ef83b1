import { createHash } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { workloadPath } from '../../containers/images/demo-image.ts'
import { readImageFile } from '../../containers/images/image-file.ts'
import { type Digest, parseDigest } from '../../domain/oci/digest.ts'
import { running } from '../resources.ts'
import { dockerByHand } from '../shared/demo-image.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

// Appended after what the loader reads: the program runs as before, and has another digest all the same.
const change = '\nan attacker changed this program after the image was signed\n'

/** Takes the program out of the signed image, changes it, and keeps the changed one to be mounted over it. */
export async function borrow(context: StepContext): Promise<StepOutcome> {
  const { session, signal, report, runId } = context
  const { repository, digest } = context.artifact('pushed-image')
  const engine = running(session, 'engine')
  const name = `sigstore-attestor-${runId}-program`
  const image = `${repository}@${digest}`
  const file = join(context.folder, 'other-program')
  const docker = dockerByHand(engine)
  const byHand: readonly (readonly string[])[] = [
    [...docker, 'create', `--name=${name}`, image],
    [...docker, 'cp', `${name}:${workloadPath}`, file],
    [...docker, 'rm', name],
    ['sh', '-c', `printf '${change.replaceAll('\n', '\\n')}' >> ${file}`],
  ]
  for (const argv of byHand) report({ type: 'step.command-ran', command: { argv, byHand: true } })
  const program = await readImageFile(engine, { image, name, path: workloadPath, signal })
  if (!program.ok) return failed(program.error)
  const other = Buffer.concat([program.value, Buffer.from(change)])
  await writeFile(file, other)
  // The image's user has to be able to run it, whatever the umask of this process removes.
  await chmod(file, 0o755)
  const [built, changed] = [hashOf(program.value), hashOf(other)]
  return passed({ kind: 'other-program', file, target: workloadPath, digest: changed, built })
}

/** With OpenSSL: the program has ten megabytes. */
function hashOf(bytes: Buffer): Digest {
  const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)
  if (digest === undefined) throw new Error('unreachable: SHA-256 has 32 bytes')
  return digest
}
