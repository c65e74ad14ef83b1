import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createContainer } from '../../src/core/containers/container.ts'
import type { Engine } from '../../src/core/containers/engine/engine.ts'
import { findEngine } from '../../src/core/containers/engine/find-engine.ts'
import {
  type PrivateEngine,
  privateSocket,
  startPrivateEngine,
} from '../../src/core/containers/engine/private-engine.ts'
import {
  cleanPrivateEngine,
  endEngineContainers,
  findEngineLeftovers,
} from '../../src/core/containers/engine/private-engine-leftovers.ts'
import { probeContainers, probeRegistry } from '../../src/core/containers/engine/probe-engine.ts'
import { demoImage } from '../../src/core/containers/images/demo-image.ts'
import { buildImage, imageFacts } from '../../src/core/containers/images/image.ts'
import { type LayerProgress, pushImage } from '../../src/core/containers/images/push-image.ts'
import { labelKey, listOurs, owner, removeContainers, removeOurs } from '../../src/core/containers/labels.ts'
import { mountsBelow } from '../../src/core/containers/mounts.ts'
import type { Result } from '../../src/core/domain/result.ts'
import { endLeftovers } from '../../src/core/process/leftovers.ts'
import { readProcStat } from '../../src/core/process/proc-stat.ts'
import type { Service } from '../../src/core/process/services/service.ts'
import { networkInterfaces } from './harness/traces.ts'
import { startRegistry } from './local-registry.ts'
import { program } from './programs.ts'

const dockerd = program('dockerd')
const registry = program('registry')
const workload = program('workload')
const ready = dockerd !== undefined && registry !== undefined && workload !== undefined && process.getuid?.() === 0

const value = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error, null, 2))
  return result.value
}
const failure = (result: Result<unknown>) => {
  if (result.ok) throw new Error('expected an error')
  return result.error
}

describe.skipIf(!ready)('a private container engine', () => {
  let folder: string
  let folders: { folder: string; runtimeDir: string }
  let running: PrivateEngine
  let engine: Engine
  let server: Service
  let host: string
  const linksBefore = networkInterfaces()

  const start = () =>
    startPrivateEngine({
      ...folders,
      dockerd: dockerd ?? '',
      logFile: join(folder, 'dockerd.log'),
      pidFolder: join(folder, 'pids'),
    })
  const build = async (tag: string) =>
    value(
      await buildImage(engine, {
        ...demoImage({ workload: workload ?? '', note: 'engine test', now: new Date() }),
        tag: `${host}/demo/hello:${tag}`,
      }),
    )

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'engine-'))
    folders = { folder: join(folder, 'engine'), runtimeDir: join(folder, 'run') }
    ;({ host, service: server } = await startRegistry(registry ?? '', join(folder, 'registry')))
    running = value(await start())
    engine = running.engine
  })

  afterAll(async () => {
    await running?.stop()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('is found by DOCKER_HOST and reports what it is', async () => {
    const found = value(await findEngine({ env: { DOCKER_HOST: `unix://${privateSocket(folders.runtimeDir)}` } }))
    expect(found).toMatchObject({ name: 'Docker Engine', version: engine.version })
    expect(engine.ours).toBe(true)
  })

  it('answers its health probe, and is said to be silent while it is stopped', async () => {
    const { service } = running
    expect(await service.check()).toBe(true)
    process.kill(service.pid, 'SIGSTOP')
    try {
      expect(await service.check(AbortSignal.timeout(500))).toBe('no answer in time')
    } finally {
      process.kill(service.pid, 'SIGCONT')
    }
    await expect.poll(() => service.check()).toBe(true)
  })

  it('shows its containers as processes of this machine and leaves no container of the probe', async () => {
    const seen = value(await probeContainers(engine, { workload: workload ?? '' }))
    expect(seen.pid).toBeGreaterThan(1)
    expect(value(await listOurs(engine)).containers).toEqual([])
  })

  it('reaches a running registry, and reports one that is down', async () => {
    value(await probeRegistry(engine, host))
    expect(failure(await probeRegistry(engine, '127.0.0.1:9')).code).toBe('registry.down')
  })

  it('builds another image each time and pushes it to the digest that the registry returns', async () => {
    const progress: LayerProgress[] = []
    const first = await build('one')
    const second = await build('two')
    expect(second).not.toBe(first)
    const pushed = value(
      await pushImage(engine, {
        repository: `${host}/demo/hello`,
        tag: 'two',
        onProgress: (layers) => progress.push(...layers),
      }),
    )
    const answer = await fetch(`http://${host}/v2/demo/hello/manifests/two`, {
      headers: {
        accept: 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json',
      },
    })
    expect(answer.headers.get('docker-content-digest')).toBe(pushed.digest)
    expect(value(await imageFacts(engine, second)).repoDigests).toEqual([`${host}/demo/hello@${pushed.digest}`])
    expect(new Set(progress.map(({ id }) => id)).size).toBe(2)
    expect(progress.some(({ status }) => status === 'Pushed')).toBe(true)
  })

  it('says what is wrong when an image to push is missing or the registry is down', async () => {
    const missing = await pushImage(engine, { repository: `${host}/demo/nobody`, tag: 'none' })
    expect(failure(missing).code).toBe('engine.missing')
    await build('down')
    await engine.docker.getImage(`${host}/demo/hello:down`).tag({ repo: '127.0.0.1:9/demo/hello', tag: 'down' })
    const down = await pushImage(engine, { repository: '127.0.0.1:9/demo/hello', tag: 'down' })
    expect(failure(down).code).toBe('registry.down')
  })

  it('passes on the builder\u2019s message about a Dockerfile that does not build', async () => {
    const tag = `${host}/demo/hello:broken`
    const error = failure(await buildImage(engine, { dockerfile: 'FROM scratch\nCOPY nothing /\n', files: [], tag }))
    expect(error.code).toBe('engine.build-failed')
    expect(error.found).toContain('nothing')
  })

  it('ends a build and a push in the engine when they are cancelled', async () => {
    const cancelled = AbortSignal.abort()
    const context = demoImage({ workload: workload ?? '', note: 'cancel', now: new Date() })
    const early = await buildImage(engine, { ...context, tag: `${host}/demo/hello:cancelled`, signal: cancelled })
    expect(failure(early).code).toBe('run.cancelled')
    const big = {
      name: 'big',
      content: new Uint8Array(64 * 1024 * 1024).map((_, i) => (i * 2654435761) >>> 13),
      mode: 0o644,
    }
    const dockerfile = `${context.dockerfile}COPY big /big\n`
    value(await buildImage(engine, { dockerfile, files: [...context.files, big], tag: `${host}/demo/hello:big` }))
    const abort = new AbortController()
    const push = await pushImage(engine, {
      repository: `${host}/demo/hello`,
      tag: 'big',
      signal: abort.signal,
      onProgress: (layers) => {
        if (layers.some(({ status }) => status === 'Pushing')) abort.abort()
      },
    })
    expect(failure(push).code).toBe('run.cancelled')
    const answer = await fetch(`http://${host}/v2/demo/hello/manifests/big`)
    expect(answer.status).toBe(404)
  })

  it('runs the demo image without network and returns its one line', async () => {
    const image = await build('run')
    const container = value(await createContainer(engine, { image, name: 'engine-test-run', mounts: [] }))
    expect(container.imageId).toBe(image)
    value(await container.start())
    const line = value(await container.firstLine({ timeoutMs: 10_000 }))
    // No socket is mounted here, and the workload says so.
    expect(JSON.parse(line)).toMatchObject({ outcome: 'refused', code: 'Unavailable' })
    expect(value(await container.wait())).toBe(3)
    value(await container.remove())
    expect(value(await listOurs(engine)).containers).toEqual([])
  })

  it('removes nothing of another session of this user', async () => {
    const elsewhere = { [labelKey]: owner().replace(/[0-9a-f]{12}$/, '0'.repeat(12)) }
    const other = await engine.docker.createContainer({ Image: await build('beside'), Labels: elsewhere })
    onTestFinished(() => other.remove().then(() => undefined))
    const ours = await engine.docker.createContainer({ Image: await build('own'), Labels: { [labelKey]: owner() } })
    const removed = value(await removeContainers(engine)).containers
    expect(removed.map(({ id }) => id)).toEqual([ours.id])
  })

  it('refuses to start beside itself', async () => {
    expect(failure(await start()).code).toBe('engine.running')
    value(await listOurs(engine))
  })

  it('distinguishes a container that never answers, one that ends at once, and a cancelled wait', async () => {
    const quiet = async (name: string, entrypoint: string) => {
      const tag = `${host}/demo/${name}:1`
      const context = demoImage({ workload: workload ?? '', note: name, now: new Date() })
      const dockerfile = context.dockerfile.replace(/ENTRYPOINT.*/, `ENTRYPOINT ${entrypoint}`)
      const image = value(await buildImage(engine, { dockerfile, files: context.files, tag }))
      return value(await createContainer(engine, { image, name: `engine-test-${name}`, mounts: [] }))
    }
    const idle = await quiet('idle', '["/workload", "-idle"]')
    value(await idle.start())
    expect(failure(await idle.firstLine({ timeoutMs: 50 }))).toMatchObject({ code: 'workload.silent' })
    const signal = AbortSignal.timeout(50)
    expect(failure(await idle.firstLine({ timeoutMs: 10_000, signal })).code).toBe('run.cancelled')
    value(await idle.remove())

    const ended = await quiet('ended', '["/workload", "-no-such-flag"]')
    value(await ended.start())
    const error = failure(await ended.firstLine({ timeoutMs: 10_000 }))
    expect(error).toMatchObject({ code: 'workload.silent', found: 'it ended' })
    expect(error.evidence?.lastLines?.join('\n')).toContain('no-such-flag')
    value(await ended.remove())

    const wrong = await quiet('wrong', '["/nothing"]')
    expect(failure(await wrong.start()).code).toBe('engine.refused')
    value(await wrong.remove())
  })

  it('removes what carries its label and nothing else', async () => {
    await build('leftover')
    const tag = `${host}/somebody/else:1`
    const file = { name: 'a', content: Buffer.from('a'), mode: 0o644 }
    value(await buildImage(engine, { dockerfile: 'FROM scratch\nCOPY a /a\n', files: [file], tag }))
    value(await removeOurs(engine))
    expect(value(await listOurs(engine))).toEqual({ containers: [], images: [] })
    value(await imageFacts(engine, tag))
  })

  it('leaves no shim socket and no cgroup of a container whose shim was killed', async () => {
    // Those of our network namespace: other engines of this machine have theirs in the same folder.
    const sockets = (): string[] =>
      [...readFileSync('/proc/net/unix', 'utf8').matchAll(/ (\/run\/containerd\/s\/\S+)$/gm)].map(
        ([, file = '']) => file,
      )
    const before = sockets()
    value(await probeContainers(engine, { workload: workload ?? '' }))
    const image = 'sigstore-attestor-probe:1'
    const container = value(await createContainer(engine, { image, name: `engine-test-${Date.now()}`, mounts: [] }))
    value(await container.start())
    const shim = readProcStat(value(await container.pid()))?.parent ?? 0
    const own = sockets().filter((file) => !before.includes(file))
    expect(own).not.toEqual([])
    const root = '/sys/fs/cgroup'
    const groups = [root, ...readdirSync(root).map((name) => join(root, name))]
      .flatMap((place) =>
        [join('docker', container.id), `system.slice/docker-${container.id}.scope`].map((name) => join(place, name)),
      )
      .filter((group) => existsSync(group))
    expect(groups).not.toEqual([])
    process.kill(shim, 'SIGKILL')
    value(await container.wait())
    value(await container.remove())
    expect(own.filter((file) => existsSync(file))).toEqual([])
    expect(groups.filter((group) => existsSync(group))).toEqual([])
    // Another engine may be about to create a container's cgroup in their parents.
    expect(groups.map((group) => dirname(group)).filter((parent) => !existsSync(parent))).toEqual([])
  })

  it('leaves no process, mount or network when it is stopped', async () => {
    const pid = await startIdle()
    await running.stop()
    expectNothingLeft(pid)
    expect(await mountsBelow(folder)).toEqual([])
  })

  it.each(['the app', 'the app and the daemon'])('is found and cleaned up after %s was killed', async (killed) => {
    running = value(await start())
    engine = running.engine
    const pid = await startIdle()
    // What a killed app leaves: its records, and an unwatched daemon.
    const records = join(folder, `records of ${killed}`)
    cpSync(join(folder, 'pids'), records, { recursive: true })
    if (killed !== 'the app') process.kill(running.service.pid, 'SIGKILL')
    if (killed !== 'the app') await running.service.exited
    expect((await findEngineLeftovers(folders)).pids).toContain(pid)
    await endEngineContainers(folders)
    await endLeftovers(records)
    expect(await cleanPrivateEngine(folders)).toEqual([])
    expect(await findEngineLeftovers(folders)).toEqual({ pids: [], mounts: [] })
    expectNothingLeft(pid)
    running = value(await start())
    engine = running.engine
    value(await removeOurs(engine))
    expect(value(await listOurs(engine))).toEqual({ containers: [], images: [] })
    await running.stop()
  })

  async function startIdle(): Promise<number> {
    value(await probeContainers(engine, { workload: workload ?? '' }))
    const image = 'sigstore-attestor-probe:1'
    const container = value(await createContainer(engine, { image, name: `engine-test-${Date.now()}`, mounts: [] }))
    value(await container.start())
    return value(await container.pid())
  }

  function expectNothingLeft(pid: number): void {
    expect(readProcStat(pid)).toBeUndefined()
    expect(processesNaming(folders.folder)).toEqual([])
    expect(networkInterfaces()).toEqual(linksBefore)
  }
})

/** The command lines of processes that name a folder. */
function processesNaming(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .filter((line) => line.includes(folder))
}
