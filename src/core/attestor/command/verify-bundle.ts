import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { appError } from '../../domain/app-error.ts'
import { parseDigest } from '../../domain/digest.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { type Artifact, type ExpectedSigner, verifyArtifact } from '../../sigstore/verify-artifact.ts'
import { publicTrustedRoot } from '../public-root.ts'
import type { VerifyBundleCommand } from './arguments.ts'

/**
 * The client protocol of the Sigstore conformance suite (sigstore-conformance, docs/cli_protocol.md), for verifying.
 * Answers what was verified, in one sentence. Nothing is asked over the network.
 */
export async function verifyBundleCommand(command: VerifyBundleCommand): Promise<Result<string>> {
  const bundle = await read(command.bundle)
  if (!bundle.ok) return bundle
  const root = command.trustedRoot === undefined ? undefined : await read(command.trustedRoot)
  if (root !== undefined && !root.ok) return root
  const signer = await signerOf(command)
  if (!signer.ok) return signer
  const artifact = await artifactOf(command.fileOrDigest)
  if (!artifact.ok) return artifact
  const verified = verifyArtifact({
    bundle: bundle.value.toString('utf8'),
    trustedRoot: root === undefined ? publicTrustedRoot() : root.value.toString('utf8'),
    artifact: artifact.value,
    signer: signer.value,
  })
  if (!verified.ok) return verified
  const who = 'key' in command.signer ? 'the key' : `${command.signer.subject}, vouched for by ${command.signer.issuer}`
  const { digest, predicateType } = verified.value
  return ok(`${digest} is signed by ${who}${predicateType === undefined ? '' : ` (statement ${predicateType})`}.`)
}

async function signerOf({ signer }: VerifyBundleCommand): Promise<Result<ExpectedSigner>> {
  if (!('key' in signer)) return ok({ kind: 'identity', identity: signer })
  const pem = await read(signer.key)
  return pem.ok ? ok({ kind: 'key', pem: pem.value.toString('utf8') }) : pem
}

/** A digest, unless there is a file of that name. */
async function artifactOf(fileOrDigest: string): Promise<Result<Artifact>> {
  const digest = parseDigest(fileOrDigest.toLowerCase())
  if (digest !== undefined && !existsSync(fileOrDigest)) return ok({ kind: 'digest', digest })
  const bytes = await read(fileOrDigest)
  return bytes.ok ? ok({ kind: 'bytes', bytes: bytes.value }) : bytes
}

const read = async (file: string): Promise<Result<Buffer>> =>
  readFile(file).then(ok, (error: Error) =>
    err(
      appError('config.file', `${file} cannot be read.`, 'Name a file that can be read.', {
        expected: 'a file',
        found: error.message,
      }),
    ),
  )
