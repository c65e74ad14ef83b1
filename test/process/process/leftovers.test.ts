import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { endLeftovers, findLeftovers } from '../../../src/core/process/leftovers.ts'
import { bootId, markedProcesses, markVariable, newMark } from '../../../src/core/process/pid-record.ts'
import { readProcStat } from '../../../src/core/process/proc-stat.ts'
import { canActAsStranger, needsRoot, strangerUid } from '../../harness/stranger.ts'

let folder: string
let pidFolder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leftovers-test-'))
  pidFolder = join(folder, 'pids')
  await mkdir(pidFolder)
})
afterEach(async () => {
  await endLeftovers(pidFolder, 0)
  await rm(folder, { recursive: true, force: true })
})

/** An app that starts two services through our supervisor and is then killed; returns the pids that it left. */
async function crashedApp(serviceSource: string): Promise<{ leaders: number[]; children: number[] }> {
  const supervisor = new URL('../../../src/core/process/services/service.ts', import.meta.url).pathname
  const bundle = join(folder, 'app.mjs')
  const { build } = await import('esbuild')
  await build({
    stdin: {
      contents: `
        import { startService } from ${JSON.stringify(supervisor)}
        for (const id of ['first', 'second']) {
          const lines = []
          const result = await startService({
            id, program: process.execPath, args: ['-e', ${JSON.stringify(serviceSource)}], cwd: ${JSON.stringify(folder)},
            logFile: ${JSON.stringify(folder)} + '/' + id + '.log', pidFolder: ${JSON.stringify(pidFolder)},
            onLine: ({ text }) => lines.push(text), probe: async () => lines.length > 0, readyTimeoutMs: 10000,
          })
          console.log(JSON.stringify({ leader: result.value.pid, child: Number(lines[0]) }))
        }
        setInterval(() => {}, 1000)`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: bundle,
    logLevel: 'silent',
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
    },
  })
  const app = spawn(process.execPath, [bundle], { stdio: ['ignore', 'pipe', 'inherit'] })
  const leaders: number[] = []
  const children: number[] = []
  for await (const line of createInterface({ input: app.stdout })) {
    const { leader, child } = JSON.parse(line)
    leaders.push(leader)
    children.push(child)
    if (leaders.length === 2) break
  }
  if (leaders.length !== 2) throw new Error('The app did not start its services.')
  app.kill('SIGKILL')
  await once(app, 'exit')
  return { leaders, children }
}

const lives = (pid: number): boolean => readProcStat(pid) !== undefined
const idle = 'setInterval(() => {}, 1000);'
const withChild = `console.log(require('node:child_process').spawn(process.execPath, ['-e', '${idle}'], { detached: true }).pid); ${idle}`

describe('leftovers of a killed app', () => {
  test('are found, and ended newest first with everything that they started', async () => {
    const { leaders, children } = await crashedApp(withChild)
    expect([...leaders, ...children].every(lives)).toBe(true)
    const found = await findLeftovers(pidFolder)
    expect(found.map(({ id, leader }) => ({ id, leader }))).toEqual([
      { id: 'second', leader: leaders[1] },
      { id: 'first', leader: leaders[0] },
    ])
    expect(new Set(found.flatMap(({ pids }) => pids))).toEqual(new Set([...leaders, ...children]))
    await endLeftovers(pidFolder)
    expect([...leaders, ...children].filter(lives)).toEqual([])
    expect(await readdir(pidFolder)).toEqual([])
  })

  test('are found also when only the service\u2019s child is alive', async () => {
    const { leaders, children } = await crashedApp(withChild)
    for (const leader of leaders) process.kill(leader, 'SIGKILL')
    await expect.poll(() => leaders.filter(lives)).toEqual([])
    expect((await findLeftovers(pidFolder)).map(({ leader, pids }) => ({ leader, pids }))).toEqual([
      { leader: undefined, pids: [children[1]] },
      { leader: undefined, pids: [children[0]] },
    ])
    await endLeftovers(pidFolder)
    expect(children.filter(lives)).toEqual([])
  })

  test('that ignore SIGTERM are killed', async () => {
    const { leaders } = await crashedApp(`process.on('SIGTERM', () => {}); console.log(0); ${idle}`)
    await endLeftovers(pidFolder, 100)
    expect(leaders.filter(lives)).toEqual([])
  })
})

describe('a process that only shares the pid', () => {
  test.each([
    ['another start time', (startTime: string) => ({ startTime: String(Number(startTime) - 1), bootId: bootId() })],
    ['another boot', (startTime: string) => ({ startTime, bootId: 'an-earlier-boot' })],
  ])('is left alone: %s', async (_, change) => {
    const bystander = spawn(process.execPath, ['-e', idle], { stdio: 'ignore', detached: true })
    await once(bystander, 'spawn')
    const pid = bystander.pid ?? 0
    const record = { id: 'old', pid, program: '/x', mark: 'never-given-to-anybody' }
    const startTime = readProcStat(pid)?.startTime ?? ''
    await writeFile(join(pidFolder, 'old.json'), JSON.stringify({ ...record, ...change(startTime) }))
    expect(await endLeftovers(pidFolder)).toEqual([])
    expect(lives(pid)).toBe(true)
    expect(await readdir(pidFolder)).toEqual([])
    bystander.kill('SIGKILL')
  })

  test.each([
    ['another program and another mark', { program: '/usr/bin/fulcio' }],
    ['pid 1', { pid: 1 }],
    ['pid 0, which is our own group', { pid: 0 }],
    ['pid -1, which is every process', { pid: -1 }],
    ['this process', { pid: process.pid, startTime: readProcStat(process.pid)?.startTime }],
    ['a pid that is no number', { pid: '7' }],
  ])('is left alone: the record names %s', async (_, change) => {
    const bystander = spawn(process.execPath, ['-e', idle], { stdio: 'ignore', detached: true })
    await once(bystander, 'spawn')
    const pid = bystander.pid ?? 0
    const startTime = readProcStat(pid)?.startTime ?? ''
    const record = { id: 'old', pid, startTime, bootId: bootId(), program: process.execPath, mark: newMark() }
    await writeFile(join(pidFolder, 'old.json'), JSON.stringify({ ...record, ...change }))
    expect(await endLeftovers(pidFolder)).toEqual([])
    expect(lives(pid)).toBe(true)
    bystander.kill('SIGKILL')
  })

  test.runIf(canActAsStranger)(`of another user is left alone, whatever it carries${needsRoot}`, async () => {
    const mark = newMark()
    const stranger = spawn(process.execPath, ['-e', idle], {
      stdio: 'ignore',
      detached: true,
      uid: strangerUid,
      gid: strangerUid,
      cwd: '/',
      env: { [markVariable]: mark },
    })
    await once(stranger, 'spawn')
    const pid = stranger.pid ?? 0
    await expect.poll(() => readFileSync(`/proc/${pid}/environ`, 'utf8')).toContain(mark)
    const startTime = readProcStat(pid)?.startTime ?? ''
    const record = { id: 'old', pid, startTime, bootId: bootId(), program: process.execPath, mark }
    await writeFile(join(pidFolder, 'old.json'), JSON.stringify(record))
    expect(await markedProcesses(mark)).toEqual([])
    expect(await endLeftovers(pidFolder)).toEqual([])
    expect(lives(pid)).toBe(true)
    stranger.kill('SIGKILL')
  })

  test('is not ended because of a record that others could have written, or that is not a regular file', async () => {
    const bystander = spawn(process.execPath, ['-e', idle], { stdio: 'ignore', detached: true })
    await once(bystander, 'spawn')
    const pid = bystander.pid ?? 0
    const startTime = readProcStat(pid)?.startTime ?? ''
    const record = { id: 'old', pid, startTime, bootId: bootId(), program: process.execPath, mark: newMark() }
    await writeFile(join(folder, 'real'), JSON.stringify(record))
    await symlink(join(folder, 'real'), join(pidFolder, 'link.json'))
    await mkdir(join(pidFolder, 'folder.json'))
    execFileSync('mkfifo', [join(pidFolder, 'fifo.json')])
    await writeFile(join(pidFolder, 'huge.json'), `${JSON.stringify(record)}${' '.repeat(100_000)}`)
    await writeFile(join(pidFolder, 'open.json'), JSON.stringify(record))
    await chmod(join(pidFolder, 'open.json'), 0o666)
    expect(await endLeftovers(pidFolder)).toEqual([])
    expect(await readdir(pidFolder)).toEqual(['folder.json'])
    await writeFile(join(pidFolder, 'good.json'), JSON.stringify(record))
    await chmod(pidFolder, 0o777)
    expect(await endLeftovers(pidFolder)).toEqual([])
    await chmod(pidFolder, 0o700)
    expect(lives(pid)).toBe(true)
    // The same record in a folder of ours counts.
    expect((await endLeftovers(pidFolder)).map(({ leader }) => leader)).toEqual([pid])
  })

  test('is not ended because of a file that is not a record', async () => {
    await writeFile(join(pidFolder, 'garbage.json'), '{"id": "x", "pid": 1')
    await writeFile(join(pidFolder, 'half.json.new'), JSON.stringify({ id: 'x', pid: 1 }))
    expect(await findLeftovers(pidFolder)).toEqual([])
    expect(await readdir(pidFolder)).toEqual([])
  })

  test('does not matter when there is no folder at all', async () => {
    expect(await endLeftovers(join(folder, 'nowhere'))).toEqual([])
  })
})
