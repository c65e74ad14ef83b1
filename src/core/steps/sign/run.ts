import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readBundleFacts } from '../../domain/bundle/bundle.ts'
import { ok } from '../../domain/result.ts'
import { buildSystemSigns, requestBuildToken } from '../../sandbox/build-token.ts'
import { type SignOptions, signWithCosign } from '../../sigstore/cosign/cosign-sign.ts'
import type { LoginOptions } from '../../sigstore/login/login-options.ts'
import { expectedPersona, type PersonId, personaEmail } from '../../workflow/scenarios.ts'
import { cosignRegistry } from '../shared/registry-of-story.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'
import { loginOf, showToPerson, timeFor } from './login.ts'

type CommonOptions = Omit<SignOptions, 'onUrl'>

/**
 * Signs the digest that will run with the real cosign. A person logs in through cosign's own browser flow: a persona of
 * the sandbox, or a real person in their own browser. The sandbox's build system brings a token instead; it can also
 * take the place of a person who was asked.
 */
export async function sign(context: StepContext): Promise<StepOutcome> {
  const { session, signal, report, redactor } = context
  const sigstore = context.artifact('sigstore')
  const image = context.optional('tampered-image') ?? context.artifact('pushed-image')
  const { issuer, signingConfig } = loginPlace(context)
  const loginEvents = session.running.sandbox?.onLogin
  const login = loginOf(context)
  if (!login.ok) return failed(login.error)
  const timeoutMs = timeFor(login.value)
  const options: CommonOptions = {
    ...cosignRegistry(session),
    login: login.value,
    servicesCaFile: session.profile.kind === 'sandbox' ? undefined : session.profile.sigstore.caFile,
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
    timeoutMs,
    ...(loginEvents === undefined ? {} : { loginEvents }),
    onCommand: (argv) =>
      report({ type: 'step.command-ran', command: { argv: argv.map((word) => redactor.clean(word)), byHand: false } }),
  }
  const { persona } = context
  const person = session.profile.kind === 'sandbox' ? persona : null
  const signed =
    person === 'ci'
      ? await signAsBuild(context, options)
      : await signAsPerson(context, options, { issuer, login: login.value, timeoutMs, person })
  if (!signed.ok) return failed(signed.error)
  return signature(signed.value.bundleFile)
}

/** The signature, from the bundle that cosign wrote. */
async function signature(bundleFile: string): Promise<StepOutcome> {
  const bundleJson = await readFile(bundleFile, 'utf8')
  const facts = readBundleFacts(bundleJson)
  if (!facts.ok) return failed(facts.error)
  const { certificate, logEntry, timestamps, subjectDigest, signedHash } = facts.value
  const { pem, serial, notBefore, notAfter, fingerprint } = certificate
  const { logIndex, logId, treeSize, rootHash, kind, version, origin, proofIndex, leafHash, hashes } = logEntry
  return passed({
    kind: 'signature',
    bundleFile,
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

/**
 * Signs with the login of a person of the sandbox, or without one of a real person. If the build system is chosen at
 * that login, it signs instead.
 */
async function signAsPerson(
  context: StepContext,
  options: CommonOptions,
  asked: {
    readonly issuer: string
    readonly login: LoginOptions
    readonly timeoutMs: number
    readonly person: PersonId | null
  },
): ReturnType<typeof signWithCosign> {
  const { session, report } = context
  const { issuer, login, timeoutMs, person } = asked
  const signed = await signWithCosign({
    ...options,
    onUrl: async (url, ended, code) => {
      const until = new Date(Date.now() + timeoutMs).toISOString()
      const what = `the login of ${whoLogsIn(context, person)} at ${issuer}`
      if (person === null) {
        showToPerson(report, { what, until }, { url, code, connector: login.connector })
        return ok(undefined)
      }
      report({ type: 'step.waited', what, until })
      const answer = await session.login({ runId: context.runId, url, issuer, persona: person }, ended)
      report({ type: 'step.resumed' })
      return answer
    },
    onGranted: () => {
      if (person === null) report({ type: 'step.resumed' })
    },
  })
  return !signed.ok && signed.error.code === buildSystemSigns.code ? signAsBuild(context, options) : signed
}

/** Signs with a token that the sandbox's build system gets from its own issuer: no one logs in. */
async function signAsBuild(
  { artifact, signal, redactor }: StepContext,
  options: CommonOptions,
): ReturnType<typeof signWithCosign> {
  const token = await requestBuildToken(artifact('sigstore').issuer, signal)
  if (!token.ok) return token
  redactor.add(token.value)
  return signWithCosign({ ...options, identityToken: token.value, onUrl: () => undefined })
}

/** The signer's OIDC issuer, and the signing config that names it. */
function loginPlace({ scenario, artifact }: StepContext): { readonly issuer: string; readonly signingConfig: string } {
  const { issuer, signingConfig, secondIssuer, secondSigningConfig } = artifact('sigstore')
  if (scenario.loginAt === 'issuer') return { issuer, signingConfig }
  if (secondIssuer === null || secondSigningConfig === null) throw new Error('Only the sandbox has a second issuer.')
  return { issuer: secondIssuer, signingConfig: secondSigningConfig }
}

function whoLogsIn({ scenario, artifact }: StepContext, persona: PersonId | null): string {
  if (persona !== null) return personaEmail(persona)
  const { subject } = artifact('sigstore').signer
  return scenario.signs === expectedPersona ? subject : `another person than ${subject}`
}
