import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { type Folders, places } from '../../src/core/machine/folders.ts'
import { loginAs } from '../../src/core/sandbox/login-client.ts'
import { signWithCosign } from '../../src/core/sigstore/cosign-sign.ts'
import { dist, tools } from '../integration/harness/session.ts'
import { fileBelow } from './truth.ts'

/** Signs an image by its digest with cosign, as a person does in a terminal beside the window. Throws why it cannot. */
export async function signByHand(where: Folders, image: string, persona: string, issuer: string): Promise<void> {
  const { sandbox, cosignHome, pids } = places(where)
  const folder = mkdtempSync(join(where.state, 'by-hand-'))
  const signed = await signWithCosign({
    cosign: tools().cosign,
    reference: image,
    signingConfig: fileBelow(where.runtime, 'signing-config.json'),
    trustedRoot: fileBelow(sandbox, 'trusted_root.json'),
    bundleFile: join(folder, 'bundle.json'),
    openerDir: join(dist, 'opener'),
    node: process.execPath,
    runtimeDir: where.runtime,
    homeDir: cosignHome,
    logFile: join(folder, 'cosign.log'),
    pidFolder: pids,
    timeoutMs: 30_000,
    onUrl: (url, signal) => loginAs({ url, issuer, persona, decision: 'allow', signal }),
  })
  if (!signed.ok) throw new Error(JSON.stringify(signed.error))
}
