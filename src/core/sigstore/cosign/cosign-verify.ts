import { z } from 'zod'
import { signPredicateType } from '../../domain/bundle/bundle.ts'
import type { SignerIdentity } from '../../domain/identity.ts'
import { parseJson } from '../../domain/json.ts'
import { type Digest, digestHex } from '../../domain/oci/digest.ts'
import { formatImageReference, type ImageReference } from '../../domain/oci/image-reference.ts'
import type { Check } from '../../domain/verdict.ts'
import { type CommandOutcome, runCommand } from '../../process/command.ts'
import { type CosignMeaning, cosignMeaning } from './cosign-messages.ts'
import { type CosignRegistry, registryEnvironment, registryFlags } from './cosign-registry.ts'

/** How cosign is run. */
export interface CosignOptions {
  /** Absolute path of cosign 3.1. */
  readonly cosign: string
  /** File with the trusted root. With it cosign contacts only the registry. */
  readonly trustedRoot: string
  readonly signer: SignerIdentity
  /**
   * An empty folder: cosign's home, so that no setting of the user counts, and without a login no login of theirs
   * either.
   */
  readonly home: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  readonly logFile?: string
}

export interface CosignVerdict {
  readonly check: Check<'cosign'>
  /** The command as it ran. */
  readonly command: readonly string[]
  readonly elapsedMs: number
  /** How the program ended; `cancelled` says nothing about the signature. */
  readonly ending: CommandOutcome['kind']
}

/**
 * `cosign verify`, pinned to one signer and issuer, on `registry/path@digest`. Passed only when cosign also reports
 * that it verified a signature (no other attestation) of this very digest.
 */
export async function cosignVerifyImage(
  options: CosignOptions & CosignRegistry & { readonly image: ImageReference & { readonly digest: Digest } },
): Promise<CosignVerdict> {
  const { tag: _, ...byDigest } = options.image
  const args = [
    'verify',
    ...pinned(options),
    ...registryFlags(options),
    '--output=json',
    '--',
    formatImageReference(byDigest),
  ]
  return run(options, args, (outcome) => {
    const said = claims.safeParse(parseJson(outcome.stdout))
    const all = said.success ? said.data.map((claim) => claim.critical) : []
    // cosign accepts an attestation of any type as a signature; only this output names the type.
    if (!all.some((claim) => claim.type === signPredicateType)) {
      return refused('cosign verified no signature of an image')
    }
    const other = all.find((claim) => claim.image['docker-manifest-digest'] !== options.image.digest)
    return other === undefined ? undefined : refused(`cosign verified ${other.image['docker-manifest-digest']}`)
  })
}

const refused = (found: string): CosignMeaning => ({
  verdict: 'failed',
  found,
  remedy: 'Sign the image with cosign sign, 3.1.',
})

/** Everything that `cosign verify-blob-attestation` prints when it accepts a bundle, on stderr. */
const verifiedLine = 'Verified OK\n'

/**
 * `cosign verify-blob-attestation` on one exact bundle file: signer, issuer, digest and predicate type are pinned, and
 * no network is used. Passed only with exactly cosign's line: a program that ends with 0 and prints nothing, or
 * anything else, is not known to have verified this.
 */
export async function cosignVerifyBundle(
  options: CosignOptions & {
    readonly bundleFile: string
    readonly digest: Digest
    /** cosign's sign type when left out. */
    readonly predicateType?: string
    /** Whether a certificate without an SCT is accepted. */
    readonly ignoreSct?: boolean
  },
): Promise<CosignVerdict> {
  const args = [
    'verify-blob-attestation',
    `--bundle=${options.bundleFile}`,
    `--digest=${digestHex(options.digest)}`,
    '--digestAlg=sha256',
    `--type=${options.predicateType ?? signPredicateType}`,
    ...(options.ignoreSct === true ? ['--insecure-ignore-sct=true'] : []),
    ...pinned(options),
  ]
  return run(options, args, ({ stdout, stderr }) =>
    stderr === verifiedLine && stdout === ''
      ? undefined
      : {
          verdict: 'could-not-check',
          found: 'exit code 0 without exactly the line "Verified OK"',
          remedy: 'Name cosign 3.1 or newer as the program.',
        },
  )
}

// One argument each with `=`: a value that begins with a hyphen cannot become a flag.
const pinned = (options: CosignOptions): readonly string[] => [
  `--trusted-root=${options.trustedRoot}`,
  `--certificate-identity=${options.signer.subject}`,
  `--certificate-oidc-issuer=${options.signer.issuer}`,
]

// Go's garbage collector takes a fifth of such a short run in vain. With the limit it works only when needed.
const noCollector = { GOGC: 'off', GOMEMLIMIT: '256MiB' }

async function run(
  options: CosignOptions & CosignRegistry,
  args: readonly string[],
  objection: (outcome: CommandOutcome) => CosignMeaning | undefined,
): Promise<CosignVerdict> {
  const expected = `cosign accepts the signature of ${options.signer.subject}, issued by ${options.signer.issuer}`
  const outcome = await runCommand({
    program: options.cosign,
    args,
    // COSIGN_*, SIGSTORE_* and TUF_* variables are never inherited: they would change what cosign trusts.
    env: { ...registryEnvironment(options, options.home), ...noCollector },
    timeoutMs: options.timeoutMs,
    graceMs: 200,
    wholeTree: true,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.logFile === undefined ? {} : { logFile: options.logFile }),
  })
  const meaning = cosignMeaning(outcome)
  const objected = meaning.verdict === 'passed' ? objection(outcome) : undefined
  const check: Check<'cosign'> = { id: 'cosign', expected, ...(objected ?? meaning) }
  return { check, command: outcome.command, elapsedMs: outcome.elapsedMs, ending: outcome.kind }
}

// cosign 3 prints nothing but the digest here; identity and log entry are in the bundle.
const claims = z
  .array(
    z.object({ critical: z.object({ image: z.object({ 'docker-manifest-digest': z.string() }), type: z.string() }) }),
  )
  .min(1)
