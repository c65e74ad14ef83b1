import { rm } from 'node:fs/promises'
import pLimit from 'p-limit'
import { isUnknownToEngine } from '../../containers/inspect/inspect.ts'
import { type AppError, appError } from '../../domain/app-error.ts'
import type { DecisionRecord, GateRecord } from '../../domain/gate.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { type Verdict, verdictWords } from '../../domain/verdict.ts'
import { trustRootOf } from '../../sigstore/trust/trust-root.ts'
import { attest } from '../attest.ts'
import { readConfiguration, readConfigurationFile } from '../config/load.ts'
import type { AttestorConfig } from '../config/schema.ts'
import { attestTools, closeKept, type Kept, newKept } from '../dependencies.ts'
import { makePrivateFolder } from '../plugin/private-folder.ts'
import type { ContainerRuntime, RunningContainer } from '../runtimes/runtime.ts'
import { plain } from './text.ts'

const maxCosignProcesses = 4

/**
 * Decides about a running container's first process as the plugin would, now and without its cache. Writes only
 * temporary files. An error when there is nothing to decide about.
 */
export async function explain(configFile: string, container: string): Promise<Result<DecisionRecord>> {
  const text = readConfigurationFile(configFile)
  if (!text.ok) return err(withOption(text.error))
  const config = await readConfiguration(text.value)
  if (!config.ok) return config
  const trust = await trustRootOf(config.value)
  if (!trust.ok) return trust
  // One attestation only: no later one would use the cache.
  const kept = newKept({ ...config.value, cachedSignatures: 0 }, trust.value)
  try {
    return await explainWith(config.value, kept, container)
  } finally {
    closeKept(kept)
  }
}

async function explainWith(config: AttestorConfig, kept: Kept, container: string): Promise<Result<DecisionRecord>> {
  const found = await findIn(kept.runtimes, container, AbortSignal.timeout(config.deadlineMs))
  if (!found.ok) return found
  if (found.value.initPid === 0) return err(notRunning(found.value.name))
  const made = makePrivateFolder(process.env)
  if (!made.ok) return made
  const folder = made.value
  try {
    const limit = pLimit(maxCosignProcesses)
    const { signal: ending } = new AbortController()
    const tools = attestTools(config, { folder, limit, ending, kept })
    if (!tools.ok) return tools
    const { record, ...rest } = await attest(found.value.initPid, tools.value)
    if (record !== undefined) return ok(record)
    const reason = rest.answer === 'error' ? rest.reason : 'its first process is in no container\u2019s cgroup'
    return err(undecided(found.value.name, reason))
  } finally {
    // cosign may still be ending, and write here.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The container of that name on the one runtime that has it. */
async function findIn(
  runtimes: readonly ContainerRuntime[],
  name: string,
  signal: AbortSignal,
): Promise<Result<RunningContainer>> {
  const answers = await Promise.all(runtimes.map((runtime) => runtime.find(name, signal)))
  const [found, another] = answers.filter((answer) => answer.ok)
  if (found !== undefined) return another === undefined ? found : err(severalOfName(name))
  const failed = answers.find((answer) => !answer.ok && !isUnknownToEngine(answer.error))
  return failed ?? answers[0] ?? err(severalOfName(name))
}

const marks: Readonly<Record<Verdict, string>> = {
  passed: '+',
  failed: '-',
  'not-present': '-',
  'could-not-check': '?',
  'not-checked': ' ',
}

/** The decision in lines: every gate, why the first one failed and how to fix it, and the result. */
export function explainText(record: DecisionRecord): string {
  const lines = [
    record.containerId === null
      ? `container not proved; the cgroup names ${record.claimedContainerId ?? 'none'}`
      : `container ${plain(record.containerName ?? '')} ${record.containerId}`,
    `image     ${record.imageId ?? 'not known'}`,
    '',
    ...record.gates.flatMap(gateLines),
    '',
    ...record.rejectedBundles.map(({ digest, reason }) => `not counted  ${digest}: ${plain(reason)}`),
    ...(record.uncheckedSignatures ?? []).map(({ found }) => `not checked  ${plain(found)}`),
    ...record.skippedRepositories.map((repository) => `not asked    ${plain(repository)}`),
    answers[record.answer],
    ...record.selectors.map((selector) => `  ${plain(selector)}`),
  ]
  return `${lines.join('\n')}\n`
}

const answers: Readonly<Record<DecisionRecord['answer'], string>> = {
  selectors: 'The agent gets these selectors, each with the plugin\u2019s name before it:',
  none: 'The agent gets no selectors.',
  error: 'Result: error. The image could not be checked, so the agent gets no selectors.',
}

function gateLines(gate: GateRecord): readonly string[] {
  const head = `${marks[gate.verdict]} ${gate.id.padEnd(10)} ${verdictWords[gate.verdict].padEnd(16)} ${plain(gate.found)}`
  if (gate.verdict === 'passed' || gate.verdict === 'not-checked') return [head]
  const checks = (gate.checks ?? []).map(
    (check) =>
      `    ${marks[check.verdict]} ${check.id.padEnd(10)} ${verdictWords[check.verdict]}: ${plain(check.found)}`,
  )
  const remedy = gate.remedy === undefined ? [] : [`    remedy    ${plain(gate.remedy)}`]
  return [head, `    expected  ${plain(gate.expected)}`, ...checks, ...remedy]
}

const withOption = (error: AppError): AppError =>
  error.code === 'machine.file-missing'
    ? { ...error, remedy: 'Name the plugin\u2019s configuration with --config.' }
    : error

const severalOfName = (name: string) =>
  appError('engine.several', `Several runtimes have a container ${name}.`, 'Name it by its full id.', {
    expected: 'one container of that name',
    found: 'several',
  })

const notRunning = (name: string) =>
  appError('engine.not-running', `The container ${name} does not run.`, 'Start it.', {
    expected: 'a running container',
    found: 'none of its processes',
  })

const undecided = (name: string, found: string) =>
  appError(
    'attestor.undecided',
    `There is nothing to decide about ${name}.`,
    'Run this on the machine of the engine. A rootless engine gives its containers cgroups of their own only with cgroup v2 that systemd delegates to its user; else run it as root.',
    {
      expected: 'a process in a container, in /proc',
      found,
    },
  )
