import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { agentImage, agentPrograms } from '../../core/containers/images/agent-image.ts'
import { buildImage } from '../../core/containers/images/image.ts'
import { appError } from '../../core/domain/app-error.ts'
import { err, ok, type Result } from '../../core/domain/result.ts'
import { folders } from '../../core/machine/folders.ts'
import { describeEnding, runCommand, succeeded } from '../../core/process/command.ts'
import { readProfile } from '../../core/profiles/read-profile.ts'
import { running } from '../../core/steps/resources.ts'
import { buildProgress } from '../../core/steps/shared/engine-progress.ts'
import { failed, passed, type StepRun } from '../../core/steps/step.ts'
import { artifactOf, type RunState } from '../../core/workflow/reducer.ts'
import type { StepId } from '../../core/workflow/steps.ts'
import { cancelledBy, exitCodes, interruption, notStopped } from '../interruption.ts'
import { prepareSession } from '../prepare-session.ts'
import { refuse } from '../refuse.ts'
import { assetsFolder } from '../setup/setup-in-terminal.ts'
import { Asked } from '../story/ask.ts'
import { paintFor } from '../story/paint.ts'
import { readableWidth, Thread } from '../story/thread.ts'
import { StoryView } from '../story/view.ts'

export const attestorImageUsage = `Usage: npm run build:attestor-image [-- --profile NAME] [--repository PATH] [--json]

  Builds the image of a SPIRE agent with the attestor and cosign, pushes it to the registry of the profile, signs it as
  the story signs, verifies that, and prints its digest and how to use it (docs/kubernetes.md).

  --profile NAME     whose registry and Sigstore (docs/profiles.md); sandbox by default, which ends with this command
  --repository PATH  where in that registry; by default spire-agent beside the profile's repository
  --json             print one JSON object on stdout, and nothing else`

/** The part of the story that makes a signed image. */
const imageSteps: readonly StepId[] = ['preflight', 'sandbox', 'connect', 'build', 'consent', 'push', 'sign', 'verify']

/** What a deployment needs to know about the image. */
interface AttestorImage {
  readonly reference: string
  readonly signer: { readonly issuer: string; readonly subject: string }
  /** SHA-256 of the programs that configurations name, hex. */
  readonly checksums: { readonly plugin: string; readonly cosign: string }
}

/** `npm run build:attestor-image`. Returns the exit code. */
export async function runAttestorImage(args: readonly string[]): Promise<number> {
  const options = parse(args)
  if (options === undefined) {
    process.stderr.write(`${attestorImageUsage}\n`)
    return exitCodes.usage
  }
  const { signal, dispose } = interruption()
  const asked = new Asked()
  try {
    const image = await makeImage(options, asked, signal)
    if (signal.aborted) return cancelledBy(signal)
    if (!image.ok) return refuse(image.error, options.json)
    process.stdout.write(
      options.json ? `${JSON.stringify(image.value, undefined, 2)}\n` : toldImage(image.value, options),
    )
    return exitCodes.ok
  } finally {
    asked.close()
    dispose()
  }
}

interface Options {
  readonly profile: string
  readonly repository: string | undefined
  readonly json: boolean
}

function parse(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { profile: { type: 'string' }, repository: { type: 'string' }, json: { type: 'boolean' } },
    })
    const { profile = 'sandbox', repository, json = false } = values
    if (repository !== undefined && !/^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/.test(repository)) return undefined
    return { profile, repository, json }
  } catch {
    return undefined
  }
}

async function makeImage(options: Options, asked: Asked, signal: AbortSignal): Promise<Result<AttestorImage>> {
  const profile = await readProfile(options.profile, {
    assets: assetsFolder(),
    config: folders().config,
    env: process.env,
  })
  if (!profile.ok) return profile
  const plugin = await makeExecutable(signal)
  if (!plugin.ok) return plugin
  const session = await prepareSession(signal, {
    profile: profile.value,
    ask: ({ step }, ended) =>
      asked.yesOrNo(
        step === 'consent' ? 'The image and who signed it become public. Go on? [y/N] ' : 'Is that done? [y/N] ',
        ended,
      ),
    only: imageSteps,
    steps: { build: buildStep(plugin.value, options.repository) },
  })
  if (!session.ok) return session
  // The steps as the story shows them, on stderr: stdout has the result.
  const paint = paintFor(process.stderr, process.env)
  const width = readableWidth(process.stderr.columns)
  const view = new StoryView(process.stderr, new Thread(paint, width), paint, width)
  try {
    const run = session.value.newRun('signed', null)
    run.log.subscribe((event, state) => {
      if ('step' in event) view.onEvent(event, state)
    })
    const onAbort = (): void => run.cancel(String(signal.reason))
    signal.addEventListener('abort', onAbort, { once: true })
    const state = await run.start()
    signal.removeEventListener('abort', onAbort)
    run.log.close()
    return await result(state, plugin.value, session.value.resources.tools.cosign)
  } finally {
    view.close()
    const left = await session.value.close()
    if (left.length > 0) process.stderr.write(notStopped(left))
  }
}

/** Builds the agent's image in place of the demo's. */
const buildStep =
  (plugin: string, path: string | undefined): StepRun =>
  async ({ session, artifact, runId, signal, report }) => {
    const { tools } = session
    const context = await agentImage(
      { 'spire-agent': tools['spire-agent'], 'sigstore-attestor': plugin, cosign: tools.cosign },
      signal,
    )
    if (!context.ok) return failed(context.error)
    const { registry, repository: demo } = artifact('sigstore')
    const repository = path === undefined ? `${dirname(demo)}/spire-agent` : `${registry}/${path}`
    const tag = runId
    const built = await buildImage(running(session, 'engine'), {
      ...context.value,
      tag: `${repository}:${tag}`,
      signal,
      onLine: (line) => {
        const progress = buildProgress(line)
        if (progress !== undefined) report({ type: 'step.progressed', progress })
      },
    })
    return built.ok ? passed({ kind: 'built-image', repository, tag, imageId: built.value }) : failed(built.error)
  }

async function result(state: RunState, plugin: string, cosign: string): Promise<Result<AttestorImage>> {
  const [image, signature] = [artifactOf(state, 'pushed-image'), artifactOf(state, 'signature')]
  const verified = state.steps.find(({ id }) => id === 'verify')?.status.state === 'passed'
  if (!verified || image === undefined || signature === undefined) {
    return err(state.error ?? appError('run.cancelled', 'The image was not signed.', 'Start it again.'))
  }
  const sum = async (file: string): Promise<string> =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex')
  return ok({
    reference: `${image.repository}@${image.digest}`,
    signer: { issuer: signature.signer.issuer, subject: signature.signer.subject },
    checksums: { plugin: await sum(plugin), cosign: await sum(cosign) },
  })
}

/** Makes the attestor's executable, and returns its path. */
async function makeExecutable(signal: AbortSignal): Promise<Result<string>> {
  const dist = dirname(fileURLToPath(import.meta.url))
  const args = [join(dist, '..', 'src', 'cli', 'build-attestor.mjs')]
  const outcome = await runCommand({ program: process.execPath, args, timeoutMs: 120_000, signal })
  if (succeeded(outcome)) return ok(join(dist, 'sigstore-attestor'))
  return err(
    appError('run.no-executable', 'The attestor’s executable could not be made.', 'Run: npm run build:attestor', {
      expected: 'dist/sigstore-attestor',
      found: `${describeEnding(outcome)}: ${'stderr' in outcome ? outcome.stderr.trim() : ''}`,
    }),
  )
}

function toldImage({ reference, signer, checksums }: AttestorImage, { profile }: Options): string {
  const ends =
    profile === 'sandbox'
      ? '\nThe sandbox, and the registry with this image, has ended with this command. Name a --profile with your registry.\n'
      : ''
  return `
${reference}
  signed by ${signer.subject} (${signer.issuer})
${ends}
In deploy/kubernetes/agent.yaml (docs/kubernetes.md):
  image:                 ${reference}
  plugin_checksum        ${checksums.plugin}
  "cosign": { "sha256" } ${checksums.cosign}

Both programs are in ${agentPrograms}.
`
}
