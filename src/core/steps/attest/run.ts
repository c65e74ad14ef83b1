import { watchProgress } from '../../attestor/records/progress.ts'
import { readClaims, readDecisions } from '../../attestor/records/records.ts'
import { type Container, createContainer, runOptions } from '../../containers/container.ts'
import { appError } from '../../domain/app-error.ts'
import { certificatesInPem } from '../../domain/certificates/pem.ts'
import type { DecisionRecord, GateId, GateRecord } from '../../domain/gate.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { readSvid } from '../../domain/spiffe/read-svid.ts'
import type { Verdict } from '../../domain/verdict.ts'
import { parseWorkloadAnswer } from '../../spire/workload-answer.ts'
import type { AttestationArtifact, Denial } from '../../workflow/artifacts.ts'
import { whatRuns } from '../../workflow/what-runs.ts'
import { running } from '../resources.ts'
import { dockerByHand } from '../shared/demo-image.ts'
import { selectorType } from '../shared/trust-domain.ts'
import { failed, type StepContext, type StepOutcome } from '../step.ts'
import { judge, type WorkloadAnswer } from './judge.ts'

const answerWithinMs = 20_000

type Image = AttestationArtifact['image']

/** Runs the container with the agent's socket and determines the result from three sources. */
export async function attest(context: StepContext): Promise<StepOutcome> {
  const { session, signal, report, scenario } = context
  const image: Image = whatRuns(context.optional) ?? context.artifact('pushed-image')
  const engine = running(session, 'engine')
  const other = context.optional('other-program')
  const mounts = [
    running(session, 'workloadApi').mount,
    ...(other === undefined ? [] : [{ source: other.file, target: other.target }]),
  ]
  const reference =
    scenario.runsBy === 'digest' ? `${image.repository}@${image.digest}` : `${image.repository}:${image.tag}`
  report({
    type: 'step.command-ran',
    command: {
      argv: [
        ...dockerByHand(engine),
        'run',
        ...runOptions,
        ...mounts.map(({ source, target }) => `--volume=${source}:${target}:ro`),
        reference,
      ],
      byHand: true,
    },
  })
  const name = `sigstore-attestor-${context.runId}`
  const container = await createContainer(engine, { image: reference, name, mounts, signal })
  if (!container.ok) return failed(container.error)
  let gates: GateReports | undefined
  try {
    gates = gateReports(context, container.value.id)
    return await witness(context, image, container.value, gates.reportGates)
  } finally {
    gates?.close()
    await container.value.remove()
  }
}

async function witness(
  context: StepContext,
  image: Image,
  container: Container,
  reportGates: GateReports['reportGates'],
): Promise<StepOutcome> {
  const { session, signal } = context
  if (container.imageId !== image.imageId) return failed(otherImage(image.imageId, container.imageId))
  const started = await container.start(signal)
  if (!started.ok) return failed(started.error)
  const line = await container.firstLine({ timeoutMs: answerWithinMs, signal })
  if (!line.ok) return failed(line.error)
  const answer = await workloadAnswer(line.value, context.artifact('trust-domain').bundlePem)
  if (!answer.ok) return failed(answer.error)
  const decision = await decisionOn(running(session, 'workloadApi').decisions, container.id)
  if (!decision.ok) return failed(decision.error)
  // The last ones may have been decided and the progress file removed before it was read.
  reportGates(decision.value.gates)

  const entry = context.artifact('entry')
  const judgement = judge({
    answer: answer.value,
    decision: decision.value,
    entry,
    startedAt: started.value,
    selectorType,
  })
  const workload = answer.value
  const artifact = {
    kind: 'attestation',
    // A local image has no digest until a registry has it.
    image: { ...image, digest: image.digest ?? decision.value.imageDigest },
    containerId: container.id,
    startedAt: started.value,
    workloadAnswer:
      workload.kind === 'svid'
        ? { code: 'OK', text: workload.svid.spiffeId }
        : { code: workload.code, text: workload.text },
    decision: decision.value,
    gates: judgement.gates,
    svid: judgement.kind === 'svid' ? judgement.svid : null,
    denial: judgement.kind === 'denied' ? withOtherWay(judgement.denial, context) : null,
  } as const
  switch (judgement.kind) {
    case 'svid':
      return { kind: 'passed', artifacts: [artifact] }
    case 'denied':
      return { kind: 'refused', denial: artifact.denial ?? judgement.denial, artifacts: [artifact] }
    case 'failed':
      return { kind: 'failed', error: judgement.error, artifacts: [artifact] }
  }
}

interface GateReports {
  readonly reportGates: (gates: readonly GateRecord[]) => void
  readonly close: () => void
}

/** Reports each gate once, as soon as the attestor has decided it; a changed one is reported again. */
function gateReports({ session, report }: StepContext, containerId: string): GateReports {
  const reported = new Map<GateId, Verdict>()
  const reportGates = (gates: readonly GateRecord[]): void => {
    for (const gate of gates) {
      if (gate.verdict === 'not-checked' || reported.get(gate.id) === gate.verdict) continue
      reported.set(gate.id, gate.verdict)
      report({ type: 'step.gate-decided', gate })
    }
  }
  return {
    reportGates,
    close: watchProgress(running(session, 'workloadApi').decisions, containerId, reportGates).close,
  }
}

/** If another image took its place, there is a second remedy: the signed one still exists, under its digest. */
function withOtherWay(denial: Denial, context: StepContext): Denial {
  const impostor = context.optional('impostor-image')
  if (impostor === undefined && context.optional('tampered-image') === undefined) return denial
  const { repository, digest } = context.artifact('pushed-image')
  const first = impostor !== undefined && denial.gate === 'registry' ? `${denial.remedy} Then sign it.` : denial.remedy
  return { ...denial, remedy: `${first} Or run what was signed: ${repository}@${digest}.` }
}

/**
 * The workload's line, with an SVID validated by the standard before it is called one: against the trust bundle from
 * the server itself, because what a container prints proves nothing about its own issuer.
 */
async function workloadAnswer(line: string, trustBundle: string): Promise<Result<WorkloadAnswer>> {
  const answer = parseWorkloadAnswer(line)
  if (!answer.ok) return answer
  if (answer.value.outcome === 'refused') {
    return ok({ kind: 'refused', code: answer.value.code, text: answer.value.text })
  }
  const bundlePem = certificatesInPem(trustBundle)
  const svid = await readSvid({ chainPem: answer.value.chain, bundlePem, at: new Date() })
  if (!svid.ok) return svid
  const fallen = svid.value.checks.find((check) => check.verdict !== 'passed')
  if (fallen === undefined) return ok({ kind: 'svid', svid: svid.value })
  const remedy = 'Look at the SVID in the event log of this run.'
  return err(appError('workload.bad-svid', `The SVID does not pass the check "${fallen.id}".`, remedy, fallen))
}

/**
 * The attestor's last record of this very container. Without one nothing is proved. A record that only claims the
 * container can show that the attestor could not check, which fails the run, and never that it denied: others can claim
 * it too.
 */
async function decisionOn(folder: string, containerId: string): Promise<Result<DecisionRecord>> {
  const claims = await readClaims(folder, containerId)
  const unable = claims.findLast(({ gates }) => gates.some(({ verdict }) => verdict === 'could-not-check'))
  const last = (await readDecisions(folder, containerId)).at(-1) ?? unable
  if (last !== undefined) return ok(last)
  return err(
    appError('attestor.no-decision', 'The attestor left no decision on this container.', 'Look at the agent’s log.', {
      expected: `a decision record for container ${containerId}`,
      found: 'none',
    }),
  )
}

const otherImage = (expected: string, found: string) =>
  appError('engine.other-image', 'The container was made from another image.', 'Run the step again.', {
    expected,
    found,
  })
