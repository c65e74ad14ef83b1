import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readProcStat } from '../../../src/core/process/proc-stat.ts'
import { Redactor } from '../../../src/core/process/redactor.ts'
import { type Service, type ServiceSpec, startService } from '../../../src/core/process/services/service.ts'

let folder: string
const running: Service[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'service-test-'))
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()))
  await rm(folder, { recursive: true, force: true })
})

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )

/** A little node program that reports being ready by writing the file `ready`. */
const program = (source: string, more: Partial<ServiceSpec> = {}): ServiceSpec => ({
  id: 'little',
  program: process.execPath,
  args: ['-e', `const fs = require('node:fs'); const ready = () => fs.writeFileSync('ready', ''); ${source}`],
  cwd: folder,
  logFile: join(folder, 'log'),
  pidFolder: join(folder, 'pids'),
  probe: () => exists(join(folder, 'ready')),
  readyTimeoutMs: 10_000,
  ...more,
})

async function started(spec: ServiceSpec): Promise<Service> {
  const result = await startService(spec)
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  running.push(result.value)
  return result.value
}

async function refused(spec: ServiceSpec) {
  const result = await startService(spec)
  if (result.ok) {
    running.push(result.value)
    throw new Error('It started.')
  }
  return result.error
}

const lives = (pid: number): boolean => readProcStat(pid) !== undefined

const idle = 'setInterval(() => {}, 1000);'

describe('a service', () => {
  test('is ready when its probe says so, keeps a pid record while it runs and removes it when stopped', async () => {
    const service = await started(program(`${idle} ready()`))
    const [name] = await readdir(join(folder, 'pids'))
    const record: unknown = JSON.parse(await readFile(join(folder, 'pids', name ?? ''), 'utf8'))
    expect(record).toMatchObject({ id: 'little', pid: service.pid, program: process.execPath })
    await service.stop()
    expect(await service.exited).toMatchObject({ signal: 'SIGTERM', expected: true })
    expect(await readdir(join(folder, 'pids'))).toEqual([])
    expect(lives(service.pid)).toBe(false)
  })

  test('that ignores SIGTERM is ended with SIGKILL after its grace time', async () => {
    const service = await started(program(`process.on('SIGTERM', () => {}); ${idle} ready()`, { graceMs: 100 }))
    await service.stop()
    expect(await service.exited).toMatchObject({ signal: 'SIGKILL', expected: true })
  })

  test('that exits at once gives an error with its exit code and last lines', async () => {
    const error = await refused(program(`console.error('port is taken'); process.exit(3)`))
    expect(error).toMatchObject({
      code: 'run.service-exited',
      found: 'exit code 3',
      evidence: { ending: 'non-zero exit', exitCode: 3, lastLines: ['port is taken'] },
    })
  })

  test('that crashes while starting is distinguished from one that exits', async () => {
    const error = await refused(program(`process.kill(process.pid, 'SIGABRT')`))
    expect(error).toMatchObject({ code: 'run.service-exited', evidence: { ending: 'crash', signal: 'SIGABRT' } })
  })

  test('that never becomes ready is ended, and the error names what was missing', async () => {
    let pid = 0
    const error = await refused(
      program(`console.log(process.pid); ${idle}`, {
        readyTimeoutMs: 400,
        probe: () => Promise.resolve('GET /healthz answered 503'),
        onLine: ({ text }) => (pid = Number(text)),
      }),
    )
    expect(error).toMatchObject({
      code: 'run.service-timed-out',
      found: 'GET /healthz answered 503',
      evidence: { ending: 'timed out' },
    })
    expect(lives(pid)).toBe(false)
  })

  test('whose start is cancelled is ended and reported as cancelled', async () => {
    const cancel = new AbortController()
    const error = await refused(
      program(`console.log('here'); ${idle}`, { signal: cancel.signal, onLine: () => cancel.abort() }),
    )
    expect(error.code).toBe('run.cancelled')
    expect(await readdir(join(folder, 'pids'))).toEqual([])
  })

  test('whose program does not exist is reported as not started', async () => {
    const error = await refused(program('', { program: join(folder, 'missing') }))
    expect(error).toMatchObject({ code: 'run.service-not-started', evidence: { ending: 'not started' } })
  })

  test('takes with it what it started, also outside of its process group', async () => {
    const child = `require('node:child_process').spawn(process.execPath, ['-e', '${idle}'], { detached: DETACHED })`
    const pids: number[] = []
    const service = await started(
      program(
        `console.log(${child.replace('DETACHED', 'false')}.pid); console.log(${child.replace('DETACHED', 'true')}.pid); ${idle} ready()`,
        {
          onLine: ({ text }) => pids.push(Number(text)),
          probe: async () => pids.length === 2,
        },
      ),
    )
    expect(pids.map(lives)).toEqual([true, true])
    await service.stop()
    await expect.poll(() => pids.map(lives)).toEqual([false, false])
  })

  test('that ends by itself is not restarted, and its end is reported as unexpected', async () => {
    const service = await started(program(`ready(); setTimeout(() => { console.log('tired'); process.exit(7) }, 50)`))
    expect(await service.exited).toEqual({ code: 7, signal: null, expected: false, lastLines: ['tired'] })
    expect(await readdir(join(folder, 'pids'))).toEqual([])
    await service.stop()
  })

  test('that floods its output is logged in full, and stops on request', async () => {
    const line = 'x'.repeat(1000)
    const service = await started(
      program(
        `for (let i = 0; i < 5000; i++) console.log('${line}'); process.stdout.write('y'.repeat(40000), ready); ${idle}`,
      ),
    )
    await service.stop()
    const log = await readFile(join(folder, 'log'), 'utf8')
    expect(log.match(/x/g)).toHaveLength(5_000_000)
    expect(log.match(/y/g)).toHaveLength(40_000)
    expect((await stat(join(folder, 'log'))).mode & 0o777).toBe(0o600)
  })

  test('writes no known secret to its log, its lines or its command', async () => {
    const redactor = new Redactor()
    redactor.add('very-secret-token')
    const lines: string[] = []
    const service = await started(
      program(`console.log('token=very-secret-token'); ready(); ${idle}`, {
        redactor,
        onLine: ({ text }) => lines.push(text),
        probe: async () => lines.length > 0,
      }),
    )
    await service.stop()
    expect(lines).toEqual(['token=[redacted]'])
    expect(await readFile(join(folder, 'log'), 'utf8')).toBe('token=[redacted]\n')
    expect(service.command.join(' ')).not.toContain('very-secret-token')
  })

  test('inherits nothing from our environment but the allow-list', async () => {
    await writeFile(join(folder, 'log'), '')
    process.env['SERVICE_TEST_SECRET'] = 'visible'
    const service = await started(
      program(`console.log(JSON.stringify(Object.keys(process.env))); ready(); ${idle}`, { env: { OWN: '1' } }),
    )
    delete process.env['SERVICE_TEST_SECRET']
    await service.stop()
    const names: unknown = JSON.parse(await readFile(join(folder, 'log'), 'utf8'))
    expect(names).toContain('OWN')
    expect(names).not.toContain('SERVICE_TEST_SECRET')
  })
})
