import { join } from 'node:path'
import { buildImage } from '../../core/containers/images/image.ts'
import { pushImage } from '../../core/containers/images/push-image.ts'
import { labelKey, owner } from '../../core/containers/labels.ts'
import { type SignerIdentity } from '../../core/domain/identity.ts'
import type { Session } from '../../core/orchestrator/session/session.ts'
import { signWithCosign } from '../../core/sigstore/cosign/cosign-sign.ts'
import { running } from '../../core/steps/resources.ts'
import { expectedPersona, personaEmail } from '../../core/workflow/scenarios.ts'
import { must } from './bench-error.ts'

/** The bench's image, signed, in the sandbox's registry. */
export interface SignedBenchImage {
  readonly repository: string
  /** By digest. */
  readonly reference: string
  readonly digest: string
  readonly signer: SignerIdentity
  readonly trustedRoot: string
  readonly bundleFile: string
}

/** Builds, pushes and signs an image with the program that fetches identities, as the story does with its own. */
export async function benchImage(
  session: Session,
  fetcher: string,
  scratch: string,
  signal: AbortSignal,
): Promise<SignedBenchImage> {
  const { places, tools, programs, folders, redactor, login } = session.resources
  const engine = running(session.resources, 'engine')
  const { endpoints, onLogin } = running(session.resources, 'sandbox')
  const repository = `${endpoints.registry}/demo/bench`
  const tag = `bench-${process.pid}`
  const dockerfile = `FROM scratch
LABEL ${labelKey}="${owner()}"
USER 65532:65532
ENTRYPOINT ["/fetcher"]
COPY fetcher /fetcher
`
  const files = [{ name: 'fetcher', content: { path: fetcher }, mode: 0o755 }]
  must(await buildImage(engine, { dockerfile, files, tag: `${repository}:${tag}`, signal }))
  const { digest } = must(await pushImage(engine, { repository, tag, signal }))
  const reference = `${repository}@${digest}`
  const bundleFile = join(scratch, 'bundle.sigstore.json')
  must(
    await signWithCosign({
      cosign: tools.cosign,
      reference,
      signingConfig: endpoints.signingConfig,
      trustedRoot: endpoints.trustedRoot,
      bundleFile,
      openerDir: programs.openerDir,
      node: programs.node,
      runtimeDir: folders.runtime,
      homeDir: places.cosignHome,
      logFile: join(scratch, 'cosign.log'),
      pidFolder: places.pids,
      redactor,
      signal,
      timeoutMs: 60_000,
      loginEvents: onLogin,
      onUrl: (url, ended) => login({ runId: tag, url, issuer: endpoints.issuer, persona: expectedPersona }, ended),
    }),
  )
  const signer = { subject: personaEmail(expectedPersona), issuer: endpoints.issuer }
  return { repository, reference, digest, signer, trustedRoot: endpoints.trustedRoot, bundleFile }
}
