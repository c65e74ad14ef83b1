import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { bundleFromJSON, isBundleWithMessageSignature } from '@sigstore/bundle'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { Verifier } from '@sigstore/verify'
import { z } from 'zod'
import { err, ok, type Result } from '../../domain/result.ts'
import { readTrust } from '../../sigstore/trust/trust-material.ts'
import { signedEntity, timestampsOf, verifyTimestamps } from '../../sigstore/verify/signing-times.ts'

/** Who must have signed. */
export interface Publisher {
  readonly subject: string
  readonly issuer: string
}

const seedsSchema = z.record(z.string(), z.object({ targets: z.record(z.string(), z.string()) }))

/**
 * The trusted root of the public Sigstore, from the npm package that carries it, whose bytes package-lock.json pins. No
 * network. See https://docs.sigstore.dev/about/bundle/ and sigstore-js, packages/tuf.
 */
export function publicTrustedRoot(): TrustedRoot {
  const file = createRequire(import.meta.url).resolve('@sigstore/tuf/seeds.json')
  const seeds = seedsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const root = seeds['https://tuf-repo-cdn.sigstore.dev']?.targets['trusted_root.json']
  if (root === undefined) throw new Error(`unreachable: ${file} has no trusted root`)
  return TrustedRoot.fromJSON(JSON.parse(Buffer.from(root, 'base64').toString('utf8')))
}

/**
 * Checks that exactly this publisher signed exactly these bytes: certificate chain, CT log, transparency log,
 * signature, signer and issuer. Returns why not, in words.
 */
export function verifyPublisher(
  bundleJson: string,
  artifact: Buffer,
  publisher: Publisher,
  root: TrustedRoot = publicTrustedRoot(),
): Result<void, string> {
  try {
    const bundle = bundleFromJSON(JSON.parse(bundleJson))
    if (!isBundleWithMessageSignature(bundle)) return err('the publisher’s bundle signs something else than a file')
    const trust = readTrust(JSON.stringify(TrustedRoot.toJSON(root)))
    if (!trust.ok) return err(`the trusted root cannot be used: ${trust.error.found ?? trust.error.what}`)
    const { timestamps, signature } = timestampsOf(bundle)
    const times = verifyTimestamps(timestamps, signature, trust.value.timestampAuthorities)
    const verifier = new Verifier(trust.value.material, { tlogThreshold: 1, ctlogThreshold: 1 })
    const signer = verifier.verify(signedEntity(bundle, times, artifact), {
      // The library takes a pattern; only the very same text may match.
      subjectAlternativeName: new RegExp(`^${publisher.subject.replaceAll(/[^a-zA-Z0-9]/g, '\\$&')}$`),
      extensions: { issuer: publisher.issuer },
    })
    const found = signer.identity?.subjectAlternativeName
    return found === publisher.subject ? ok(undefined) : err(`it was signed by ${found ?? 'a key without identity'}`)
  } catch (error) {
    return err(`the publisher’s bundle does not verify: ${error instanceof Error ? error.message : String(error)}`)
  }
}
