import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Health, type ServiceHealth, serviceHealth } from '../../../src/core/process/services/health.ts'
import { type Service, startService } from '../../../src/core/process/services/service.ts'

let folder: string
let service: Service
let health: ServiceHealth
let reported: Health[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'health-test-'))
  const started = await startService({
    id: 'little',
    program: process.execPath,
    args: ['-e', "require('node:fs').writeFileSync('answers', ''); setInterval(() => {}, 1000)"],
    cwd: folder,
    logFile: join(folder, 'log'),
    pidFolder: join(folder, 'pids'),
    // Removing the file makes it stop responding.
    probe: () =>
      stat(join(folder, 'answers')).then(
        () => true,
        () => 'no file',
      ),
    readyTimeoutMs: 10_000,
  })
  if (!started.ok) throw new Error(started.error.what)
  service = started.value
  reported = []
  health = serviceHealth(10)
  health.watch([service])
  health.subscribe((each) => reported.push(each))
})
afterEach(async () => {
  health.close()
  await service.stop()
  await rm(folder, { recursive: true, force: true })
})

const states = (): string[] => reported.map(({ state }) => state)

test('a service that stops responding and responds again is reported, each time once, with its probe\u2019s message', async () => {
  expect(states()).toEqual(['ready'])
  await rm(join(folder, 'answers'))
  await expect.poll(states).toEqual(['ready', 'not-answering'])
  expect(reported[1]).toMatchObject({ id: 'little', detail: 'no file' })
  await writeFile(join(folder, 'answers'), '')
  await expect.poll(states).toEqual(['ready', 'not-answering', 'ready'])
})

test('a killed one has ended', async () => {
  process.kill(service.pid, 'SIGKILL')
  await expect.poll(states).toEqual(['ready', 'ended'])
  expect(reported[1]?.detail).toBe('ended by signal SIGKILL')
})

test('one that we end is stopped, and its silence meanwhile is not reported', async () => {
  health.close()
  await rm(join(folder, 'answers'))
  await service.stop()
  await expect.poll(states).toEqual(['ready', 'stopped'])
})
