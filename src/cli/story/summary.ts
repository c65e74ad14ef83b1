import type { Profile } from '../../core/workflow/profile.ts'
import { artifactOf, type RunState, stepElapsedMs } from '../../core/workflow/reducer.ts'
import { scenarios } from '../../core/workflow/scenarios.ts'
import { whatRuns } from '../../core/workflow/what-runs.ts'
import { shellQuote } from './shell.ts'

/** Version of the JSON form; it grows when a field changes its meaning. */
const summaryVersion = 1

/** One scenario in the JSON that `--json` prints. */
function scenarioSummary(run: RunState) {
  const attestation = artifactOf(run, 'attestation')
  const image = attestation?.image ?? whatRuns((kind) => artifactOf(run, kind))
  const signature = artifactOf(run, 'signature')
  const ended = Date.parse(run.finishedAt ?? new Date().toISOString())
  return {
    id: run.scenario,
    expected: scenarios[run.scenario].expected,
    outcome: run.outcome ?? 'failed',
    ok: run.ok === true,
    elapsedMs: ended - Date.parse(run.startedAt),
    // What ran; before the container ran, what would have.
    image: image ? { repository: image.repository, tag: image.tag, digest: image.digest, id: image.imageId } : null,
    signer: signature?.signer ?? null,
    logEntry: signature
      ? {
          logIndex: signature.logEntry.logIndex,
          logId: signature.logEntry.logId,
          treeSize: signature.logEntry.treeSize,
          rootHash: signature.logEntry.rootHash,
        }
      : null,
    svid: attestation?.svid
      ? {
          spiffeId: attestation.svid.spiffeId,
          notBefore: attestation.svid.notBefore,
          notAfter: attestation.svid.notAfter,
        }
      : null,
    denial: run.denial,
    ...(run.error === null ? {} : { error: run.error }),
    steps: run.steps.map((step) => ({
      id: step.id,
      state: step.status.state,
      elapsedMs: stepElapsedMs(step, ended),
      command: step.commands[0] === undefined ? null : step.commands[0].argv.map(shellQuote).join(' '),
    })),
  }
}

/** The whole story as data: what `--json` prints. */
export function storySummary(profile: Profile, runs: readonly RunState[], planned: number) {
  return {
    version: summaryVersion,
    profile: profile.name,
    ok: runs.length === planned && runs.every((run) => run.ok === true),
    scenarios: runs.map(scenarioSummary),
  }
}
