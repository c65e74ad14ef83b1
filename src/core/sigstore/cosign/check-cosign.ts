import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readBundleFacts } from '../../domain/bundle/bundle.ts'
import { parseDigest } from '../../domain/oci/digest.ts'
import { ok, type Result } from '../../domain/result.ts'
import { makeTemporaryFolder } from '../../files/temporary-folder.ts'
import { otherDigestFound } from './cosign-messages.ts'
import { cosignVerifyBundle } from './cosign-verify.ts'
import bundle from './known-answer/bundle.json' with { type: 'json' }
import trustedRoot from './known-answer/trusted-root.json' with { type: 'json' }

/**
 * Whether a program verifies as cosign does: a signature with a known result (made by cosign 3.1 in a sandbox whose
 * keys are gone) is accepted for its digest and refused for a random one. A program that accepts everything, or
 * nothing, is detected before a real signature depends on it. Returns what is wrong in words, or undefined; an error if
 * there is no safe place for the files.
 */
export async function cosignProblem(cosign: string, timeoutMs = 10_000): Promise<Result<string | undefined>> {
  const facts = readBundleFacts(JSON.stringify(bundle))
  if (!facts.ok) throw new Error('unreachable: the known bundle can be read')
  const wrong = parseDigest(`sha256:${randomBytes(32).toString('hex')}`)
  if (wrong === undefined) throw new Error('unreachable: 32 bytes make a digest')
  const made = makeTemporaryFolder('sigstore-attestor-check')
  if (!made.ok) return made
  const folder = made.value
  try {
    const file = (name: string, content: object): string => {
      const path = join(folder, `known-answer-${name}.json`)
      writeFileSync(path, JSON.stringify(content), { mode: 0o600 })
      return path
    }
    const home = join(folder, 'home')
    mkdirSync(home, { mode: 0o700 })
    const about = {
      cosign,
      bundleFile: file('bundle', bundle),
      trustedRoot: file('trusted-root', trustedRoot),
      signer: facts.value.certificate.signer,
      home,
      timeoutMs,
    }
    const [right, other] = await Promise.all([
      cosignVerifyBundle({ ...about, digest: facts.value.subjectDigest }),
      cosignVerifyBundle({ ...about, digest: wrong }),
    ])
    if (other.check.verdict === 'passed') return ok('it accepts a signature for a digest that was never signed')
    if (right.check.verdict !== 'passed') return ok(`it does not accept a good signature: ${right.check.found}`)
    const refused = other.check.verdict === 'failed' && other.check.found === otherDigestFound
    return ok(refused ? undefined : `it does not refuse a wrong digest as cosign does: ${other.check.found}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
