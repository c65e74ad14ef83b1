import { realpathSync, statSync } from 'node:fs'
import type { AppError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { protectedPath, umaskOfUsers } from '../../files/protected-path.ts'
import { fileKind, readRegularText } from '../../files/read-regular.ts'
import { caFileProblem } from '../../network/ca-file.ts'
import { parseDockerConfig } from '../../registry/login/docker-config.ts'
import { cosignProblem } from '../../sigstore/cosign/check-cosign.ts'
import { readTrustMaterial } from '../../sigstore/trust/trust-material.ts'
import { repositoryOf } from '../../sigstore/trust/trust-root.ts'
import { exposesMachine } from './exposed-mounts.ts'
import { namedFolder, namedProgram, namedSocket, namedText, namedView, unusable } from './named-files.ts'
import { maxConfigLength, parseAttestorConfig } from './parse.ts'
import { type AttestorConfig, namedRuntimes } from './schema.ts'

/**
 * The text of a configuration file that only root and this user can change. The plugin itself never sees the file: the
 * agent reads `plugin_data_file` and hands the text over.
 */
export function readConfigurationFile(file: string): Result<string> {
  const place = protectedPath(file)
  return place.ok
    ? readRegularText(file, { maxBytes: maxConfigLength, protected: true, privateGroup: umaskOfUsers })
    : place
}

/**
 * Reads a configuration and checks everything that it names. Files, programs and folders must be such that only root
 * and this user can change or replace them: anyone else who could would decide what is attested. cosign has to give a
 * known answer. Nothing is created or changed; a missing folder only has to be one that can be created.
 */
export async function readConfiguration(text: string): Promise<Result<AttestorConfig>> {
  const config = parseAttestorConfig(text)
  if (!config.ok) return config
  const { trustedRoot, cosign, records, registries, dockerConfig, rootless, procFolder } = config.value
  const checks: readonly (() => Result<unknown> | Promise<Result<unknown>>)[] = [
    () => checkTrust(trustedRoot),
    () => namedProgram('cosign', cosign.path, cosign.sha256),
    () => checkAuthorities(registries),
    () => checkDockerConfig(dockerConfig),
    () => namedFolder('records', records),
    () => namedView('procFolder', procFolder),
    ...namedRuntimes(config.value).map(
      ({ key, socket }) =>
        () =>
          namedSocket(key, socket, rootless === 'refuse'),
    ),
    () => checkMounts(config.value),
    () => checkAnswers(cosign),
  ]
  for (const check of checks) {
    const checked = await check()
    if (!checked.ok) return checked
  }
  return config
}

/** An error while a runtime's socket is missing. It may be started after the agent, so the plugin waits for it. */
export function runtimeMissing(config: Pick<AttestorConfig, 'engineSocket' | 'runtimes'>): AppError | undefined {
  const missing = namedRuntimes(config).find(({ socket }) => statSync(socket, { throwIfNoEntry: false }) === undefined)
  if (missing === undefined) return undefined
  const { key, kind, socket } = missing
  const remedy = kind === 'docker' ? 'Start the container engine.' : 'Start the container runtime.'
  return unusable(key, 'a Unix socket', `nothing at ${socket}`, remedy)
}

/** A file is read; of TUF only the local copy is used. */
async function checkTrust(trustedRoot: AttestorConfig['trustedRoot']): Promise<Result<unknown>> {
  if (typeof trustedRoot !== 'string') {
    const { root, cache } = trustedRoot.tuf
    const initial = root === undefined ? ok('') : namedText('trustedRoot.tuf.root', root)
    if (!initial.ok) return initial
    const repository = await repositoryOf(trustedRoot.tuf)
    return repository.ok ? namedFolder('trustedRoot.tuf.cache', cache) : repository
  }
  const root = namedText('trustedRoot', trustedRoot)
  if (!root.ok) return root
  const material = readTrustMaterial(root.value)
  // Any JSON object can be parsed as a trusted root that trusts no one.
  if (material.ok && material.value.certificateAuthorities.length > 0) return material
  const { expected, found } = material.ok
    ? { expected: 'a Sigstore trusted root', found: 'no certificate authority' }
    : material.error
  return err(unusable('trustedRoot', expected ?? '', `${trustedRoot}: ${found ?? 'another file'}`))
}

function checkAuthorities(registries: AttestorConfig['registries']): Result<unknown> {
  for (const [at, { caFile }] of registries.entries()) {
    if (caFile === undefined) continue
    const key = `registries.${at}.caFile`
    const text = namedText(key, caFile)
    if (!text.ok) return text
    const problem = caFileProblem(text.value)
    if (problem !== undefined) return err(unusable(key, 'certificates in PEM', `${caFile}: ${problem}`))
  }
  return ok(undefined)
}

function checkDockerConfig(file: string | undefined): Result<unknown> {
  if (file === undefined) return ok(undefined)
  const text = namedText('dockerConfig', file)
  if (!text.ok) return text
  const known = parseDockerConfig(text.value) !== undefined
  return known ? ok(undefined) : err(unusable('dockerConfig', 'a Docker configuration', `${file}: another file`))
}

/**
 * A container that mounts one of these folders still counts as started as built: it may contain nothing but the agent's
 * socket.
 */
function checkMounts(config: AttestorConfig): Result<undefined> {
  const { trustedRoot } = config
  const relied = [
    ...namedRuntimes(config).map(({ key, socket }) => [key, socket] as const),
    ['cosign', config.cosign.path],
    ['records', config.records],
    ['trustedRoot', typeof trustedRoot === 'string' ? trustedRoot : trustedRoot.tuf.cache],
    ...(config.dockerConfig === undefined ? [] : [['dockerConfig', config.dockerConfig] as const]),
  ] as const
  for (const [at, mount] of config.launch.mounts.entries()) {
    const key = `launch.mounts.${at}`
    const real = realPath(mount)
    const stats = statSync(real, { throwIfNoEntry: false })
    // A socket may be mounted on its own.
    if (stats !== undefined && !stats.isDirectory() && !stats.isSocket()) {
      return err(unusable(key, 'a directory or a socket', `${mount} is ${fileKind(stats)}`))
    }
    if (exposesMachine(real)) return err(unusable(key, 'a directory of its own', `${mount} leads to ${real}`))
    const inside = relied.find(([, path]) => `${realPath(path)}/`.startsWith(`${real}/`))
    if (inside !== undefined) {
      return err(unusable(key, 'a directory with the agent\u2019s socket alone', `"${inside[0]}" lies in ${real}`))
    }
  }
  return ok(undefined)
}

/** Where a path leads; the path itself if it does not exist yet. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

async function checkAnswers({ path }: AttestorConfig['cosign']): Promise<Result<undefined>> {
  const answered = await cosignProblem(path)
  if (!answered.ok) return answered
  const problem = answered.value
  if (problem === undefined) return ok(undefined)
  const remedy = `Put cosign 3.1 or newer at ${path}.`
  return err(unusable('cosign', 'a program that verifies a known signature as cosign does', problem, remedy))
}

/** Whether a runtime's socket belongs to an ordinary user. A missing socket belongs to no one. */
export function isRootless(socket: string): boolean {
  try {
    return statSync(socket).uid !== 0
  } catch {
    return false
  }
}
