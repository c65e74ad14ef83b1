import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { appError } from '../../core/domain/app-error.ts'
import { err, ok, type Result } from '../../core/domain/result.ts'
import { artifactOf, type RunState } from '../../core/workflow/reducer.ts'

/**
 * Writes what is needed to check a run with cosign and openssl alone into `folder/<scenario>/`. Nothing in it is
 * secret: bundles, certificates, public keys, and the run's own redacted log. Returns the run.
 */
export async function writeEvidence(folder: string, run: RunState, eventsFile: string): Promise<Result<RunState>> {
  try {
    await write(folder, run, eventsFile)
    return ok(run)
  } catch (error) {
    return err(notWritten(folder, error))
  }
}

/** Creates the folder for the evidence, or says why it cannot: before anything is fetched, built or signed. */
export async function prepareEvidence(folder: string): Promise<Result<string>> {
  try {
    await makeFolder(folder)
    // Permission to write does not mean that writing works: the file system may be read-only or full.
    await rmdir(await mkdtemp(join(folder, '.evidence-')))
    return ok(folder)
  } catch (error) {
    return err(notWritten(folder, error))
  }
}

/**
 * Level by level: `recursive` never returns below /proc, where a folder cannot be made and its parent exists (Node 20,
 * 24).
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(folder) === folder || existsSync(dirname(folder))) throw error
    await makeFolder(dirname(folder))
    await mkdir(folder)
  }
}

function notWritten(folder: string, error: unknown) {
  const found = error instanceof Error ? error.message : String(error)
  return appError(
    'config.evidence',
    `No evidence can be written to ${folder}.`,
    'Name a folder that you may write to: --evidence DIR.',
    { expected: `a folder at ${folder} that can be written to`, found },
  )
}

async function write(folder: string, run: RunState, eventsFile: string): Promise<void> {
  const target = join(folder, run.scenario)
  await makeFolder(target)
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
