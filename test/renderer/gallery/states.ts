import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' }
import type { Actions } from '../../../renderer/app/actions.ts'
import type { Leftovers } from '../../../src/core/contract/changes.ts'
import type { EngineState } from '../../../src/core/contract/engine-state.ts'
import { logKey } from '../../../src/core/contract/log-tails.ts'
import { appError } from '../../../src/core/domain/app-error.ts'
import { readBundleFacts } from '../../../src/core/domain/bundle/bundle.ts'
import type { RunEvent } from '../../../src/core/workflow/events.ts'
import { sandboxProfile } from '../../../src/core/workflow/profile.ts'
import { artifactOf, type RunState, replay } from '../../../src/core/workflow/reducer.ts'
import type { ScenarioId } from '../../../src/core/workflow/scenarios.ts'
import type { StepId } from '../../../src/core/workflow/steps.ts'
import publicBundle from '../../fixtures/public/dsse.bundle?raw'
import { recordedWith, serviceProfiles } from '../recorded-with.ts'
import borrowedImage from '../recordings/borrowed-image.jsonl?raw'
import borrowedSignature from '../recordings/borrowed-signature.jsonl?raw'
import ci from '../recordings/ci.jsonl?raw'
import impostor from '../recordings/impostor.jsonl?raw'
import oneLeaf from '../recordings/one-leaf.jsonl?raw'
import otherImage from '../recordings/other-image.jsonl?raw'
import signed from '../recordings/signed.jsonl?raw'
import tampered from '../recordings/tampered.jsonl?raw'
import unsigned from '../recordings/unsigned.jsonl?raw'
import wrongIssuer from '../recordings/wrong-issuer.jsonl?raw'
import wrongSigner from '../recordings/wrong-signer.jsonl?raw'
import { newestLines } from './logs.ts'

const parse = (text: string): readonly RunEvent[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent)
    // The header and the log lines have no number.
    .filter(({ seq }) => seq !== undefined)

/** The recordings as files; the shipped ones, and those of runs. */
export const files: Readonly<Record<ScenarioId, string>> = {
  signed,
  unsigned,
  impostor,
  tampered,
  'borrowed-signature': borrowedSignature,
  'wrong-signer': wrongSigner,
  'wrong-issuer': wrongIssuer,
  'other-image': otherImage,
  'borrowed-image': borrowedImage,
}

export const recordings: Readonly<Record<string, readonly RunEvent[]>> = {
  'one-leaf': parse(oneLeaf),
  ci: parse(ci),
  ...Object.fromEntries(Object.entries(files).map(([id, text]) => [id, parse(text)])),
  ...Object.fromEntries(
    Object.entries(serviceProfiles).map(([id, profile]) => [`told-${id}`, recordedWith(parse(signed), profile)]),
  ),
}

/** The text of a recording of this run. */
export const fileOf = (runId: string): string | null => {
  const events = Object.values(recordings).find(([first]) => first?.runId === runId)
  const [planned] = events ?? []
  if (events === undefined || planned?.type !== 'run.planned') return null
  const header = { ...JSON.parse(signed.split('\n')[0] ?? ''), scenario: planned.scenario }
  return [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join('')
}

/** A recording up to the event that `until` describes, `TYPE` or `TYPE/STEP`; whole without it. */
export function runUntil(name: string, until: string | null): RunState {
  const events = recordings[name] ?? []
  const end = events.findIndex(
    (event) => until === event.type || ('step' in event && until === `${event.type}/${event.step}`),
  )
  const state = replay(until === null || end < 0 ? events : events.slice(0, end + 1))
  if (state === null) throw new Error(`no recording ${name}`)
  return state
}

/** Why a request was refused, in the engine's words. */
export const refused = appError(
  'run.busy',
  'Two runs are under way already.',
  'Wait until one has ended, or cancel it.',
)

const failure = appError(
  'cosign.sign',
  'cosign could not sign the image.',
  'Run it by hand and read what it says: cosign sign --help',
  {
    expected: 'a bundle beside the image',
    found: 'exit code 1: <b>no</b> \u202eidentity\u0007 token',
    evidence: { lastLines: ['Error: signing: \u001b[31mno token\u001b[0m', '<script>alert(1)</script>'] },
  },
)

/**
 * The signed run with a signature of the public Sigstore, whose Rekor is of version 1, instead of its own; its kind of
 * entry may be an unknown one.
 */
export function publicRun(kind: 'dsse' | 'unknown'): RunState {
  const run = runUntil('signed', null)
  const [signature, sigstore] = [artifactOf(run, 'signature'), artifactOf(run, 'sigstore')]
  const image = artifactOf(run, 'pushed-image')
  const json = JSON.parse(publicBundle)
  const [entry] = json.verificationMaterial.tlogEntries
  if (kind === 'unknown') entry.canonicalizedBody = btoa(atob(entry.canonicalizedBody).replace('"dsse"', '"alpine"'))
  const bundleJson = JSON.stringify(json)
  const facts = readBundleFacts(bundleJson)
  if (!facts.ok || signature === undefined || sigstore === undefined || image === undefined)
    throw new Error('no signature')
  const { logEntry, certificate, subjectDigest } = facts.value
  const trustedRootJson = atob(seeds['https://tuf-repo-cdn.sigstore.dev'].targets['trusted_root.json'])
  return {
    ...run,
    artifacts: {
      ...run.artifacts,
      sigstore: { ...sigstore, trustedRootJson },
      'pushed-image': { ...image, digest: subjectDigest },
      signature: {
        ...signature,
        bundleJson,
        subject: subjectDigest,
        signer: certificate.signer,
        logEntry: { ...logEntry, proofHashes: logEntry.hashes },
        timestamp: null,
      },
    },
  }
}

/** A run that fails while it signs. */
export const failedRun = (): RunState => killedAt(runUntil('signed', 'step.started/sign'), 'sign')

/** A run whose step has failed because a service was killed. */
export function killedAt(run: RunState, at: StepId): RunState {
  return {
    ...run,
    finishedAt: '2026-11-21T12:00:00.000Z',
    outcome: 'failed',
    ok: false,
    error: failure,
    steps: run.steps.map((step) => (step.id === at ? { ...step, status: { state: 'failed', error: failure } } : step)),
  }
}

type Services = EngineState['services']
const service = (id: string, step: 'sandbox' | 'spire-server' | 'spire-agent'): Services[number] => ({
  id,
  step,
  state: 'ready',
  since: '2026-11-21T11:00:04.000Z',
  detail: 'its health probe is answered, after 412 ms',
})
const well: Services = [
  ...['ct-log', 'rekor', 'timestamp-authority', 'issuer', 'second-issuer', 'registry', 'fulcio'].map((id) =>
    service(id, 'sandbox'),
  ),
  service('spire-server', 'spire-server'),
  service('spire-agent', 'spire-agent'),
]

/** Services in the middle of a session: healthy, or one silent and one dead. */
export const services: Readonly<Record<string, Services>> = {
  well,
  trouble: well.map((row) => {
    if (row.id === 'registry') {
      return { ...row, state: 'not-answering', detail: 'connect ECONNREFUSED 127.0.0.1:5000' } as const
    }
    return row.id === 'spire-agent' ? ({ ...row, state: 'ended', detail: 'ended by signal SIGKILL' } as const) : row
  }),
}

/** The engine's state after these runs. */
export function engineWith(runs: readonly RunState[], machine: EngineState['machine']): EngineState {
  return {
    about: {
      version: '0.1.0',
      runTime: { name: 'Electron', version: '33.2.1', forDevelopment: true, sandboxed: true },
      places: {
        state: '/home/engineer/.local/state/sigstore-attestor',
        cache: '/home/engineer/.cache/sigstore-attestor',
      },
      machine: 'talk-box',
    },
    profile: runs.at(-1)?.profile ?? sandboxProfile,
    machine,
    setup: [
      {
        program: 'cosign',
        state: 'ready',
        detail: '3.1.2, release asset, its Sigstore bundle verified',
        since: '2026-11-21T11:00:00Z',
      },
      {
        program: 'SPIRE',
        state: 'working',
        detail: '1.15.3, building with Go, 74 of 112 packages',
        since: '2026-11-21T11:00:00Z',
      },
      { program: 'Rekor', state: 'looking', detail: 'after SPIRE', since: '2026-11-21T11:00:00Z' },
      ...(machine.state === 'failed'
        ? [
            {
              program: 'Docker Engine',
              state: 'failed' as const,
              detail: 'no engine answers',
              since: '2026-11-21T11:00:00Z',
            },
          ]
        : []),
    ],
    services: well,
    runs,
    leftovers: null,
    logs: Object.fromEntries(runs.flatMap((run) => run.steps.map(({ id }) => [logKey(run.runId, id), newestLines()]))),
  }
}

export const machines: Readonly<Record<string, EngineState['machine']>> = {
  ready: { state: 'ready' },
  preparing: { state: 'preparing' },
  stopping: { state: 'stopping' },
  failed: {
    state: 'failed',
    error: appError('engine.none', 'No container engine answers.', 'Install one: sudo apt-get install docker.io', {
      expected: 'an engine at /var/run/docker.sock',
      found: 'no such file',
    }),
  },
}

/** What a crash has left. */
export const cutShort: Leftovers = {
  runs: [
    {
      runId: '20261121t115550-signed-ccb092',
      scenario: 'signed',
      startedAt: '2026-11-21T11:55:50.000Z',
      stoppedAt: 'push',
    },
  ],
}

const measured = { samples: 412, everyMs: 500, processes: 23, unread: 0, inside: 31, outside: [] }
/** What was measured of connections: none, one, and none among what could be read. */
export const connections: Readonly<Record<string, Awaited<ReturnType<Actions['connections']>>>> = {
  none: measured,
  one: {
    ...measured,
    outside: [{ program: 'cosign', address: '203.0.113.7', port: 443, seenAt: '2026-11-21T12:00:03.000Z' }],
  },
  unread: { ...measured, unread: 2 },
}
