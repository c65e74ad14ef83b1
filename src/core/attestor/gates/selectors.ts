import type { VerifiedSignature } from '../../domain/gate.ts'
import { signerSelector } from '../../domain/identity.ts'
import { asBuiltSelector } from '../../domain/spiffe/selector.ts'

/**
 * The selector values for the verified signatures, each once. `subject` and `issuer` alone are given only when there is
 * one signature: with two, they could be combined into a signer that does not exist. Names with invisible characters do
 * not come this far: a certificate that holds one is rejected when it is read.
 */
export function selectorsOf(
  signatures: readonly VerifiedSignature[],
  more: { readonly rootless: boolean; readonly asBuilt: boolean },
): readonly string[] {
  const values = signatures.flatMap((signature) => [
    signerSelector(signature.signer),
    `repository:${signature.repository}`,
    `image-digest:${signature.imageDigest}`,
    `log-id:${signature.logId}`,
    `log-index:${signature.logIndex}`,
    ...(signature.sourceRepository === undefined ? [] : [`source-repository:${signature.sourceRepository}`]),
  ])
  const [only, second] = signatures
  if (only !== undefined && second === undefined) {
    values.push(`subject:${only.signer.subject}`, `issuer:${only.signer.issuer}`)
  }
  if (more.asBuilt) values.push(asBuiltSelector)
  const unique = [...new Set(values)]
  // A rootless engine is controlled by an ordinary user: what it reports can satisfy no entry that was made for
  // another.
  return more.rootless ? unique.map((value) => `rootless:${value}`) : unique
}
