import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { digestHex } from '../../core/domain/digest.ts'
import type { Run } from '../../core/engine/run.ts'
import type { Session } from '../../core/engine/session.ts'
import { folders } from '../../core/machine/folders.ts'
import { cosignVerifyBundle } from '../../core/sigstore/cosign-verify.ts'
import { artifactOf, type RunState } from '../../core/workflow/reducer.ts'
import { exitCodes, interruption } from '../interruption.ts'
import { prepareSession } from '../prepare-session.ts'
import { setUpInTerminal } from '../setup/setup-in-terminal.ts'
import { median, spread } from './statistics.ts'
import { measureWindow } from './window-bench.ts'

const usage = `Usage: npm run bench [-- --rounds N] [-- --only story|window]

  --rounds N   how often the short things are measured, 3 to 200, default 20
  --only WHAT  the story and one attestation, or the window; both without it`

/**
 * Measures what people wait for, as ratios in one run on this machine: the set-up with nothing missing, the story cold
 * and warm, one attestation against one bare `cosign verify-blob-attestation`, and the window. Judges nothing.
 */
export async function runBench(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  if (options === undefined) {
    process.stderr.write(`${usage}\n`)
    return exitCodes.usage
  }
  const { rounds, only } = options
  const { signal, dispose } = interruption()
  try {
    if (only !== 'story') await measureWindow(rounds, signal, line)
    if (signal.aborted) return exitCodes.cancelled
    if (only === 'window') return exitCodes.ok
    await setUpInTerminal({ folders: folders(), signal })
    const started = performance.now()
    const session = await prepareSession(signal)
    if (!session.ok) {
      process.stderr.write(`${session.error.what} ${session.error.remedy}\n`)
      return exitCodes.notAsExpected
    }
    line('set-up, nothing missing, and the session opened', `${Math.round(performance.now() - started)} ms`)
    try {
      return await measure(session.value, rounds, signal)
    } finally {
      await session.value.close()
    }
  } finally {
    dispose()
  }
}

async function measure(session: Session, rounds: number, signal: AbortSignal): Promise<number> {
  const cold = await session.newRun('signed', null).start()
  const warmRun = session.newRun('signed', null)
  const warm = await warmRun.start()
  if (warm.outcome !== 'svid' || cold.outcome !== 'svid') {
    process.stderr.write(`The story did not end with an SVID: ${JSON.stringify(warm.error ?? cold.error)}\n`)
    return exitCodes.notAsExpected
  }
  line('story, the session’s first run', `${elapsed(cold)} ms`)
  line(
    'story, a later run of the session',
    `${elapsed(warm)} ms, ${(elapsed(warm) / elapsed(cold)).toFixed(2)} of the first`,
  )

  const attestations: number[] = []
  const cosigns: number[] = []
  for (let round = 0; round < rounds && !signal.aborted; round++) {
    const state = await warmRun.redo(['attest'])
    const attestation = artifactOf(state, 'attestation')
    const signature = artifactOf(state, 'signature')
    const sigstore = artifactOf(state, 'sigstore')
    if (!attestation || !signature || !sigstore) throw new Error('The bench lost an artifact.')
    attestations.push(attestation.decision.elapsedMs)
    const bare = await cosignVerifyBundle({
      cosign: session.resources.tools.cosign,
      trustedRoot: sigstore.trustedRoot,
      signer: signature.signer,
      home: session.resources.places.cosignHome,
      timeoutMs: 30_000,
      bundleFile: signature.bundleFile,
      digest: signature.subject,
      signal,
    })
    if (bare.check.verdict !== 'passed') throw new Error(`cosign: ${bare.check.found} ${digestHex(signature.subject)}`)
    cosigns.push(bare.elapsedMs)
  }
  const warmAttestations = signal.aborted ? [] : await warmed(session, warmRun, rounds)
  if (signal.aborted) return exitCodes.cancelled
  line('one attestation, nothing cached', spread(attestations))
  line('one attestation, the image verified before', spread(warmAttestations))
  line('one bare cosign verify-blob-attestation', spread(cosigns))
  line('attestation / cosign (medians)', (median(attestations) / median(cosigns)).toFixed(2))
  line('warm / cold attestation (medians)', (median(warmAttestations) / median(attestations)).toFixed(2))
  return exitCodes.ok
}

/** Attestations of new containers of an image that was verified before: the attestor is told to remember. */
async function warmed(session: Session, run: Run, rounds: number): Promise<readonly number[]> {
  const { places, running } = session.resources
  const config: unknown = JSON.parse(await readFile(places.attestorConfig, 'utf8'))
  await writeFile(places.attestorConfig, JSON.stringify({ ...Object(config), cacheSeconds: 3_600 }))
  // The agent reads the file again; the first attestation that is answered from memory says that it has.
  const agent = running.spireAgent
  if (agent === undefined) throw new Error('The bench lost the agent.')
  process.kill(agent.service.pid, 'SIGUSR1')
  const times: number[] = []
  for (let round = 0; times.length < rounds; round++) {
    const attestation = artifactOf(await run.redo(['attest']), 'attestation')
    if (attestation === undefined || round > rounds + 20) throw new Error('The attestor does not remember.')
    if (attestation.decision.cached) times.push(attestation.decision.elapsedMs)
  }
  return times
}

const elapsed = (run: RunState): number => Date.parse(run.finishedAt ?? run.startedAt) - Date.parse(run.startedAt)

const line = (what: string, value: string): unknown => process.stdout.write(`${what.padEnd(52)} ${value}\n`)

function readOptions(args: readonly string[]): { rounds: number; only: string | undefined } | undefined {
  try {
    const options = { rounds: { type: 'string', default: '20' }, only: { type: 'string' } } as const
    const { rounds, only } = parseArgs({ args: [...args], options }).values
    const number = Number(rounds)
    const known = only === undefined || only === 'story' || only === 'window'
    return known && Number.isInteger(number) && number >= 3 && number <= 200 ? { rounds: number, only } : undefined
  } catch {
    return undefined
  }
}
