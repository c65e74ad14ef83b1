import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseImageReference } from '../../domain/oci/image-reference.ts'
import { lineFile } from '../../process/line-file.ts'
import { copySignature as copy } from '../../registry/copy-signature.ts'
import { registryHost } from '../shared/registry-of-story.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

/** Copies the signature of the signed image to the one that was pushed under its tag. */
export async function copySignature(context: StepContext): Promise<StepOutcome> {
  const { session, signal, report, redactor } = context
  const { subject } = context.artifact('signature')
  const { repository, digest } = context.artifact('tampered-image')
  const reference = parseImageReference(repository)
  if (!reference.ok) return failed(reference.error)
  const { registry, path } = reference.value
  const host = registryHost(session, registry)
  const copied = await copy({ registry: host, path, signal }, subject, digest)
  await host.access?.close()
  if (!copied.ok) return failed(copied.error)
  const log = lineFile(context.logFile, (text) => redactor.clean(text))
  for (const [at, { reference: name, mediaType, json }] of copied.value.written.entries()) {
    const file = join(context.folder, at === 0 ? 'referrer.json' : 'referrers.json')
    await writeFile(file, json, { mode: 0o600 })
    const url = `${host.plainHttp ? 'http' : 'https'}://${registry}/v2/${path}/manifests/${name}`
    report({
      type: 'step.command-ran',
      command: {
        argv: ['curl', '-X', 'PUT', '-H', `content-type: ${mediaType}`, '--data-binary', `@${file}`, url],
        byHand: true,
      },
    })
    log(`PUT ${url}`)
    log(json)
  }
  const { bundle, referrer } = copied.value
  return passed({ kind: 'copied-signature', to: digest, signs: subject, bundle, referrer })
}
