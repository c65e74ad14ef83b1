import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readBundleFacts } from '../../domain/bundle.ts'
import { signWithCosign } from '../../sigstore/cosign-sign.ts'
import { personaEmail } from '../../workflow/scenarios.ts'
import { running } from '../resources.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

/** How long a person has to log in; cosign itself gives up after 120 s. */
const loginMs = 110_000

/** Signs the digest that will run with the real cosign; the persona logs in through cosign's own browser flow. */
export async function sign(context: StepContext): Promise<StepOutcome> {
  const { session, signal, report, redactor, persona, scenario } = context
  const sigstore = context.artifact('sigstore')
  const image = context.optional('tampered-image') ?? context.artifact('pushed-image')
  const [issuer, signingConfig] =
    scenario.loginAt === 'issuer'
      ? [sigstore.issuer, sigstore.signingConfig]
      : [sigstore.secondIssuer, sigstore.secondSigningConfig]
  const sandbox = running(session, 'sandbox')
  const signed = await signWithCosign({
    cosign: session.tools.cosign,
    reference: `${image.repository}@${image.digest}`,
    signingConfig,
    trustedRoot: sigstore.trustedRoot,
    bundleFile: join(context.folder, 'bundle.sigstore.json'),
    openerDir: session.programs.openerDir,
    node: session.programs.node,
    runtimeDir: session.folders.runtime,
    homeDir: session.places.cosignHome,
    logFile: context.logFile,
    pidFolder: session.places.pids,
    redactor,
    signal,
    timeoutMs: loginMs,
    loginEvents: sandbox.onLogin,
    onCommand: (argv) =>
      report({ type: 'step.command-ran', command: { argv: argv.map((word) => redactor.clean(word)), byHand: false } }),
    onUrl: async (url, ended) => {
      const until = new Date(Date.now() + loginMs).toISOString()
      report({ type: 'step.waited', what: `the login of ${personaEmail(persona)} at ${issuer}`, until })
      const answer = await session.login({ runId: context.runId, url, issuer, persona }, ended)
      report({ type: 'step.resumed' })
      return answer
    },
  })
  if (!signed.ok) return failed(signed.error)
  const bundleJson = await readFile(signed.value.bundleFile, 'utf8')
  const facts = readBundleFacts(bundleJson)
  if (!facts.ok) return failed(facts.error)
  const { certificate, logEntry, timestamps, subjectDigest, signedHash } = facts.value
  const { pem, serial, notBefore, notAfter, fingerprint } = certificate
  const { logIndex, logId, treeSize, rootHash, kind, version, origin, proofIndex, leafHash, hashes } = logEntry
  return passed({
    kind: 'signature',
    bundleFile: signed.value.bundleFile,
    bundleJson,
    subject: subjectDigest,
    signer: certificate.signer,
    certificate: { pem, serial, notBefore, notAfter, fingerprint },
    logEntry: {
      logIndex,
      logId,
      treeSize,
      rootHash,
      kind: `${kind} ${version}`,
      origin,
      proofIndex,
      leafHash,
      proofHashes: hashes,
    },
    signedHash,
    timestamp: timestamps[0] ?? null,
  })
}
