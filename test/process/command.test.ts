import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { type CommandSpec, commandError, describeEnding, runCommand } from '../../src/core/process/command.ts'
import { readProcStat } from '../../src/core/process/proc-stat.ts'
import { Redactor } from '../../src/core/process/redactor.ts'

const node = (script: string, more: Partial<CommandSpec> = {}) =>
  runCommand({ program: process.execPath, args: ['-e', script], timeoutMs: 20_000, ...more })

/** Aborts as soon as the program says that it is ready. */
function abortWhen(word: string, controller: AbortController): NonNullable<CommandSpec['onLine']> {
  return ({ text }) => {
    if (text.includes(word)) controller.abort('test')
  }
}

describe('a command', () => {
  it('that succeeds returns its exit code and both streams', async () => {
    const outcome = await node('console.log("out"); console.error("err")')
    expect(outcome).toMatchObject({ kind: 'exited', exitCode: 0, stdout: 'out\n', stderr: 'err\n' })
  })

  it('that exits with another code is not a crash', async () => {
    const outcome = await node('console.error("why"); process.exit(3)')
    expect(outcome).toMatchObject({ kind: 'exited', exitCode: 3 })
    const error = commandError(outcome, 'run.x', 'It failed.', 'Try again.')
    expect(error).toMatchObject({
      found: 'exit code 3',
      evidence: { ending: 'non-zero exit', exitCode: 3, lastLines: ['why'] },
    })
  })

  it('that is ended by a foreign signal is a crash', async () => {
    const outcome = await node('process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1000)')
    expect(outcome).toMatchObject({ kind: 'crashed', signal: 'SIGSEGV' })
    expect(describeEnding(outcome)).toBe('ended by signal SIGSEGV')
  })

  it('that does not exist is not started, and the error says why', async () => {
    const outcome = await runCommand({ program: '/no/such/program', args: [], timeoutMs: 1_000 })
    expect(outcome.kind).toBe('not-started')
    expect(describeEnding(outcome)).toContain('ENOENT')
  })

  it('that never ends is timed out, even when it ignores SIGTERM', async () => {
    const outcome = await node('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)', {
      timeoutMs: 300,
      graceMs: 100,
    })
    expect(outcome).toMatchObject({ kind: 'timed-out', afterMs: 300 })
  })

  it('that is cancelled is cancelled, whatever it exits with', async () => {
    const controller = new AbortController()
    const outcome = await node(
      'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000); console.log("ready")',
      {
        signal: controller.signal,
        onLine: abortWhen('ready', controller),
      },
    )
    expect(outcome.kind).toBe('cancelled')
  })

  it('that was cancelled before it began does not begin', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'command-')), 'made')
    const outcome = await node(`require('fs').writeFileSync(${JSON.stringify(file)}, '')`, {
      signal: AbortSignal.abort('x'),
    })
    expect(outcome.kind).toBe('cancelled')
    expect(existsSync(file)).toBe(false)
  })

  it('takes its children with it when it is cancelled', async () => {
    const controller = new AbortController()
    let child = 0
    const script = `const c = require('child_process').spawn(process.execPath, ['-e', 'process.on("SIGTERM",()=>{});setInterval(()=>{},1000);console.log("up")'], {stdio: ['ignore', 'pipe', 'ignore']}); c.stdout.once('data', () => console.log('child', c.pid))`
    const outcome = await node(script, {
      signal: controller.signal,
      graceMs: 100,
      onLine: ({ text }) => {
        child = Number(text.split(' ')[1])
        controller.abort('test')
      },
    })
    expect(outcome.kind).toBe('cancelled')
    expect(child).toBeGreaterThan(1)
    await expect.poll(() => readProcStat(child)).toBeUndefined()
  })

  it('does not wait for a child that left its group and holds the pipes open', async () => {
    // Longer than a test may take.
    const script = `const c = require('child_process').spawn(process.execPath, ['-e', 'setTimeout(()=>{}, 600000)'], {detached: true, stdio: 'inherit'}); console.log(c.pid); c.unref(); process.exit(0)`
    const outcome = await node(script)
    expect(outcome.kind).toBe('exited')
    process.kill(Number(outcome.stdout))
  })

  it('that floods its output is read to the end and kept to its last 4 MiB', async () => {
    const outcome = await node(
      'const b = "x".repeat(1e6) + "\\n"; for (let i = 0; i < 20; i++) process.stdout.write(b); process.stdout.write("end")',
    )
    expect(outcome.kind).toBe('exited')
    expect(outcome.stdout.length).toBeLessThanOrEqual(4 * 1024 * 1024)
    expect(outcome.stdout.endsWith('end')).toBe(true)
  })

  it('inherits nothing but the allow-list', async () => {
    process.env['SIGSTORE_ID_TOKEN'] = 'secret'
    process.env['LD_PRELOAD_TEST'] = 'x'
    const outcome = await node('console.log(JSON.stringify(process.env))', { env: { MINE: '1' } })
    const env: unknown = JSON.parse(outcome.stdout)
    expect(env).toMatchObject({ MINE: '1', TERM: 'dumb', NO_COLOR: '1', PATH: process.env['PATH'] })
    expect(outcome.stdout).not.toContain('SIGSTORE_ID_TOKEN')
    expect(outcome.stdout).not.toContain('LD_PRELOAD_TEST')
  })

  it('has the machine\u2019s proxies and its certificate store', async () => {
    const set = {
      HTTPS_PROXY: 'http://p.example',
      no_proxy: 'acme.example',
      SSL_CERT_FILE: '/ca.pem',
      SSL_CERT_DIR: '/ca',
    }
    for (const [name, value] of Object.entries(set)) vi.stubEnv(name, value)
    const outcome = await node('console.log(JSON.stringify(process.env))')
    vi.unstubAllEnvs()
    expect(JSON.parse(outcome.stdout)).toMatchObject(set)
  })

  it('that may run long leaves a record while it runs, so that it can be found after a crash of ours', async () => {
    const pidFolder = mkdtempSync(join(tmpdir(), 'pids-'))
    const seen: string[] = []
    await node('console.log(process.pid)', {
      pidFolder,
      onLine: () => seen.push(...readdirSync(pidFolder)),
    })
    expect(seen).toHaveLength(1)
    expect(readdirSync(pidFolder)).toEqual([])
  })

  it('gets its arguments unchanged, whatever a shell would make of them', async () => {
    const hostile = ['$(id)', '; rm -rf /', '`id`', '-e', "a'b", 'line\nbreak', '*']
    const outcome = await runCommand({
      program: process.execPath,
      args: ['-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...hostile],
      timeoutMs: 20_000,
    })
    expect(JSON.parse(outcome.stdout)).toEqual(hostile)
  })

  it('is parsed as it was printed, though a password is a word of it', async () => {
    const redactor = new Redactor()
    redactor.addChosen('digest')
    const lines: string[] = []
    const outcome = await node('console.log(JSON.stringify({ digest: "sha256:00" }))', {
      redactor,
      onLine: (_, printed) => lines.push(printed),
    })
    expect(JSON.parse(outcome.unmasked().stdout)).toEqual({ digest: 'sha256:00' })
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ digest: 'sha256:00' }])
    expect([outcome.stdout, JSON.stringify(outcome)].join('')).not.toContain('digest')
  })

  it('leaves no secret in its streams, its log file, its lines or its error', async () => {
    const redactor = new Redactor()
    redactor.add('join-token-1234')
    const logFile = join(mkdtempSync(join(tmpdir(), 'command-')), 'step.log')
    const lines: string[] = []
    const outcome = await node('console.log("a join-token-1234 b"); process.exit(1)', {
      redactor,
      logFile,
      onLine: ({ text }) => lines.push(text),
    })
    const all = [
      JSON.stringify(outcome),
      JSON.stringify(commandError(outcome, 'run.x', 'w', 'r')),
      readFileSync(logFile, 'utf8'),
      ...lines,
    ]
    expect(all.join('')).toContain('a [redacted] b')
    expect(all.join('')).not.toContain('join-token')
    expect(statSync(logFile).mode & 0o777).toBe(0o600)
  })
})
