import { existsSync } from 'node:fs'
import { parseDigest } from '../../domain/oci/digest.ts'
import { ok, type Result } from '../../domain/result.ts'
import { readRegularFile } from '../../files/read-regular.ts'
import { publicTrustedRoot } from '../../sigstore/trust/public-root.ts'
import { type Artifact, type ExpectedSigner, verifyArtifact } from '../../sigstore/verify/verify-artifact.ts'
import type { VerifyBundleCommand } from './arguments.ts'

/**
 * The client protocol of the Sigstore conformance suite (sigstore-conformance, docs/cli_protocol.md), for verifying.
 * Returns what was verified, in one sentence. Uses no network.
 */
export function verifyBundleCommand(command: VerifyBundleCommand): Result<string> {
  const bundle = read(command.bundle)
  if (!bundle.ok) return bundle
  const root = command.trustedRoot === undefined ? undefined : read(command.trustedRoot)
  if (root !== undefined && !root.ok) return root
  const signer = signerOf(command)
  if (!signer.ok) return signer
  const artifact = artifactOf(command.fileOrDigest)
  if (!artifact.ok) return artifact
  const verified = verifyArtifact({
    bundle: bundle.value.toString('utf8'),
    trustedRoot: root === undefined ? publicTrustedRoot() : root.value.toString('utf8'),
    artifact: artifact.value,
    signer: signer.value,
  })
  if (!verified.ok) return verified
  const who = 'key' in command.signer ? 'the key' : `${command.signer.subject}, issued by ${command.signer.issuer}`
  const { digest, predicateType } = verified.value
  return ok(`${digest} is signed by ${who}${predicateType === undefined ? '' : ` (statement ${predicateType})`}.`)
}

function signerOf({ signer }: VerifyBundleCommand): Result<ExpectedSigner> {
  if (!('key' in signer)) return ok({ kind: 'identity', identity: signer })
  const pem = read(signer.key)
  return pem.ok ? ok({ kind: 'key', pem: pem.value.toString('utf8') }) : pem
}

/** A digest, unless there is a file with that name. */
function artifactOf(fileOrDigest: string): Result<Artifact> {
  const digest = parseDigest(fileOrDigest.toLowerCase())
  if (digest !== undefined && !existsSync(fileOrDigest)) return ok({ kind: 'digest', digest })
  const bytes = read(fileOrDigest, maxArtifact)
  return bytes.ok ? ok({ kind: 'bytes', bytes: bytes.value }) : bytes
}

/** Bundles hold a few kilobytes; one with a large statement, some megabytes. */
const maxText = 32 * 1024 * 1024
const maxArtifact = 1024 * 1024 * 1024

const read = (file: string, maxBytes = maxText): Result<Buffer> => readRegularFile(file, { maxBytes })
