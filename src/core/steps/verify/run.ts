import { readFile } from 'node:fs/promises'
import { derOfPem } from '../../domain/certificates/pem.ts'
import type { LogEntryFacts } from '../../domain/log/log-entry.ts'
import { parseImageReference } from '../../domain/oci/image-reference.ts'
import { ok, type Result } from '../../domain/result.ts'
import type { Check } from '../../domain/verdict.ts'
import { cosignVerifyImage } from '../../sigstore/cosign/cosign-verify.ts'
import { readPromiseBack } from '../../sigstore/logs/ct-log-reader.ts'
import { readEntryBack } from '../../sigstore/logs/log-reader.ts'
import { readBackOverHttp } from '../../sigstore/logs/read-back.ts'
import { verifyBundle } from '../../sigstore/verify/verify-bundle.ts'
import type { VerificationArtifact } from '../../workflow/artifacts.ts'
import { expectedSigner } from '../../workflow/build-system.ts'
import { cosignRegistry } from '../shared/registry-of-story.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'
import { judge } from './judge.ts'

/**
 * Verifies the signature twice: with `cosign verify`, pinned to the expected signer, and in-process, where the log
 * entry is also read back from the log and its inclusion proof recomputed, and the certificate from the CT log.
 */
export async function verify(context: StepContext): Promise<StepOutcome> {
  const { session, signal, logFile, report, redactor } = context
  const sigstore = context.artifact('sigstore')
  const signature = context.artifact('signature')
  const image = context.optional('tampered-image') ?? context.artifact('pushed-image')
  const reference = parseImageReference(`${image.repository}@${image.digest}`)
  if (!reference.ok) return failed(reference.error)
  const signer = expectedSigner(sigstore, signature, context.scenario)

  const cosign = await cosignVerifyImage({
    ...cosignRegistry(session),
    cosign: session.tools.cosign,
    trustedRoot: sigstore.trustedRoot,
    signer,
    home: session.places.cosignHome,
    timeoutMs: 30_000,
    signal,
    logFile,
    image: { ...reference.value, digest: image.digest },
  })
  report({
    type: 'step.command-ran',
    command: { argv: cosign.command.map((word) => redactor.clean(word)), byHand: false },
  })
  const trustedRoot = await readFile(sigstore.trustedRoot, 'utf8')
  const bundle = await readFile(signature.bundleFile, 'utf8')
  const own = verifyBundle({ bundle, trustedRoot, digest: image.digest, signer })
  if (!own.ok) return failed(own.error)
  const log = await logChecks(context, trustedRoot, own.value.facts.logEntry)
  if (!log.ok) return failed(log.error)
  const ct = await certificateChecks(context, trustedRoot)
  if (!ct.ok) return failed(ct.error)

  const checks: readonly Check[] = [
    cosign.check,
    ...own.value.checks,
    own.value.signer,
    ...log.value,
    ...ct.value.checks,
  ]
  const artifact = { kind: 'verification', expectedSigner: signer, checks, ctLog: ct.value.log } as const
  const judgement = judge(checks)
  if (judgement === undefined) return passed(artifact)
  return judgement.kind === 'refused'
    ? { kind: 'refused', denial: judgement.denial, artifacts: [artifact] }
    : { kind: 'failed', error: judgement.error, artifacts: [artifact] }
}

/** The entry as the log itself has it. */
async function logChecks(
  { artifact, signal, session }: StepContext,
  trustedRoot: string,
  entry: LogEntryFacts,
): Promise<Result<readonly Check[]>> {
  const { rekorTiles, rekor: url, rekorVersion: version } = artifact('sigstore')
  if (rekorTiles === null) {
    const asked = await readBackOverHttp({
      rekor: { url, version },
      trustedRoot,
      entry,
      signal,
      caFile: session.profile.kind === 'sandbox' ? undefined : session.profile.sigstore.caFile,
    })
    return asked.ok ? ok(asked.value.checks) : asked
  }
  const read = await readEntryBack({ tiles: rekorTiles, trustedRoot, entry })
  return read.ok ? ok(read.value.checks) : read
}

/** The certificate as the CT log itself has it. A log on another machine is trusted by its signed SCT. */
async function certificateChecks(
  { artifact }: StepContext,
  trustedRoot: string,
): Promise<Result<{ readonly checks: readonly Check[]; readonly log: VerificationArtifact['ctLog'] }>> {
  const { ctTiles } = artifact('sigstore')
  if (ctTiles === null) {
    const expected = 'the certificate as the CT log has it'
    const found = 'the CT log is not on this machine; its SCT was checked'
    return ok({ checks: [{ id: 'ct-entry', verdict: 'not-checked', expected, found }], log: null })
  }
  const certificate = derOfPem(artifact('signature').certificate.pem)
  if (certificate === undefined) throw new Error('unreachable: the bundle was read before')
  return readPromiseBack({ tiles: ctTiles, trustedRoot, certificate })
}
