import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { appError } from '../../core/domain/app-error.ts'
import { err, ok, type Result } from '../../core/domain/result.ts'
import { artifactOf, type RunState } from '../../core/workflow/reducer.ts'

/**
 * Writes what a sceptic needs to check a run with cosign and openssl alone into `folder/<scenario>/`. Nothing in it is
 * secret: bundles, certificates, public keys, and the run's own redacted log. Answers the run, for whoever goes on.
 */
export async function writeEvidence(folder: string, run: RunState, eventsFile: string): Promise<Result<RunState>> {
  try {
    await write(folder, run, eventsFile)
    return ok(run)
  } catch (error) {
    const remedy = 'Name a folder that you may write to: --evidence DIR.'
    const found = error instanceof Error ? error.message : String(error)
    return err(appError('config.evidence', 'The evidence could not be written.', remedy, { expected: folder, found }))
  }
}

async function write(folder: string, run: RunState, eventsFile: string): Promise<void> {
  const target = join(folder, run.scenario)
  await mkdir(target, { recursive: true })
  await copyFile(eventsFile, join(target, 'events.jsonl'))
  const signature = artifactOf(run, 'signature')
  const sigstore = artifactOf(run, 'sigstore')
  const attestation = artifactOf(run, 'attestation')
  if (signature) await copyFile(signature.bundleFile, join(target, 'bundle.sigstore.json'))
  if (sigstore) await copyFile(sigstore.trustedRoot, join(target, 'trusted_root.json'))
  if (attestation) {
    const { decision, gates, denial, workloadAnswer, image } = attestation
    const record = { outcome: run.outcome, image, workloadAnswer, denial, gates, decision }
    await writeFile(join(target, 'decision.json'), `${JSON.stringify(record, null, 2)}\n`)
  }
  if (attestation?.svid) {
    await writeFile(join(target, 'svid.pem'), attestation.svid.chainPem.join('\n'))
    await writeFile(join(target, 'spire-bundle.pem'), attestation.svid.bundlePem.join('\n'))
  }
}
