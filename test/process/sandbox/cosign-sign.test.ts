import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readProcStat } from '../../../src/core/process/proc-stat.ts'
import { mask, Redactor } from '../../../src/core/process/redactor.ts'
import { type LoginEvent, type SignOptions, signWithCosign } from '../../../src/core/sigstore/cosign/cosign-sign.ts'
import { ownPrograms } from './own-programs.ts'

let folder: string
let own: ReturnType<typeof ownPrograms>

beforeAll(async () => {
  own = ownPrograms()
})
afterAll(() => rm(own.folder, { recursive: true, force: true }))
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cosign-sign-'))
  await writeFile(join(folder, 'signing-config.json'), '{"oidcUrls":[{"url":"http://localhost:7777"}]}')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const reference = `localhost:5000/demo/hello@sha256:${'a'.repeat(64)}`
const loginUrl = 'http://localhost:7777/auth?code_challenge=our-challenge&redirect_uri=http://localhost:1/auth/callback'
const hang = 'setInterval(() => {}, 1000)'
const noCode = `console.error("Error: signing [x]: oauth2: \\"invalid_request\\" \\"missing required parameter 'code'\\""); process.exit(1)`

/** Runs signWithCosign with a small program as cosign; `open(url)` in it calls `xdg-open` as cosign does. */
async function sign(source: string, more: Partial<SignOptions> = {}) {
  const cosign = join(folder, 'cosign')
  const prelude = `
    const { spawnSync } = require('node:child_process'); const fs = require('node:fs')
    const open = (url) => spawnSync('xdg-open', [url], { encoding: 'utf8' })
    const bundle = process.argv.find((each) => each.startsWith('--bundle=')).slice(9)
    console.log('pid ' + process.pid)`
  await writeFile(cosign, `#!${process.execPath}\n${prelude}\n${source}\n`, { mode: 0o755 })
  const lines: string[] = []
  const result = await signWithCosign({
    cosign,
    reference,
    signingConfig: join(folder, 'signing-config.json'),
    trustedRoot: join(folder, 'trusted_root.json'),
    bundleFile: join(folder, 'bundle.json'),
    openerDir: own.openerDir,
    node: process.execPath,
    runtimeDir: join(folder, 'run'),
    homeDir: join(folder, 'home'),
    logFile: join(folder, 'sign.log'),
    pidFolder: join(folder, 'pids'),
    timeoutMs: 20_000,
    onUrl: () => {},
    onLine: ({ text }) => lines.push(text),
    ...more,
  })
  const pid = Number(lines.find((line) => line.startsWith('pid '))?.slice(4))
  if (Number.isInteger(pid)) expect(readProcStat(pid)).toBeUndefined()
  expect(await readdir(join(folder, 'run')).catch(() => [])).toEqual([])
  return { result, lines, code: result.ok ? 'signed' : result.error.code }
}

/** A source of login events that a test can feed. */
function events() {
  const listeners = new Set<(event: LoginEvent) => void>()
  return {
    report: (state: LoginEvent['state'], login = 'our-challenge') => {
      for (const listener of listeners) listener({ issuer: 'http://localhost:7777', login, state, persona: null })
    },
    loginEvents: (listener: (event: LoginEvent) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    listeners,
  }
}

describe('cosign sign', () => {
  test('passes us the login URL through its browser opener and continues at once; the bundle is the result', async () => {
    const urls: string[] = []
    const { result, lines } = await sign(
      `const { status, stderr } = open(${JSON.stringify(loginUrl)}); console.log('opener ' + status + stderr); fs.writeFileSync(bundle, '{}')`,
      { onUrl: (url) => void urls.push(url) },
    )
    expect(result).toEqual({ ok: true, value: { bundleFile: join(folder, 'bundle.json') } })
    expect(urls).toEqual([loginUrl])
    expect(lines).toContain('opener 0')
  })

  test('reads an ID token from a file of its owner, which is gone afterwards, and no one logs in', async () => {
    const source = `
      const file = process.argv.find((each) => each.startsWith('--identity-token=')).slice(17)
      console.log('token ' + fs.readFileSync(file, 'utf8') + ' ' + (fs.statSync(file).mode & 0o777).toString(8))
      console.log('words ' + process.argv.slice(2).join(' '))
      fs.writeFileSync(bundle, '{}')`
    const { result, lines } = await sign(source, { identityToken: 'a.b.c' })
    expect(result.ok).toBe(true)
    expect(lines).toContain('token a.b.c 600')
    expect(lines.find((line) => line.startsWith('words '))).not.toContain('a.b.c')
    // `sign` expects an empty runtime folder afterwards, also after a failure.
    expect((await sign('process.exit(1)', { identityToken: 'a.b.c' })).result.ok).toBe(false)
  })

  test('gets exactly these arguments, its own home, and none of our environment', async () => {
    process.env['SIGSTORE_ID_TOKEN'] = 'must-not-arrive'
    process.env['COSIGN_REKOR_URL'] = 'must-not-arrive'
    const commands: (readonly string[])[] = []
    const { lines } = await sign(
      `console.log(JSON.stringify(process.argv.slice(2))); console.log(JSON.stringify(process.env)); fs.writeFileSync(bundle, '{}')`,
      { onCommand: (argv) => commands.push(argv) },
    )
    delete process.env['SIGSTORE_ID_TOKEN']
    delete process.env['COSIGN_REKOR_URL']
    const argv: string[] = JSON.parse(lines[1] ?? '')
    expect(argv).toEqual([
      'sign',
      '--yes',
      '--fulcio-auth-flow=normal',
      '--oidc-disable-ambient-providers',
      '--oidc-client-id=sigstore',
      `--signing-config=${join(folder, 'signing-config.json')}`,
      `--trusted-root=${join(folder, 'trusted_root.json')}`,
      `--bundle=${join(folder, 'bundle.json')}`,
      reference,
    ])
    expect(commands).toEqual([[join(folder, 'cosign'), ...argv]])
    const env: Record<string, string> = JSON.parse(lines[2] ?? '')
    expect(env).toMatchObject({ HOME: join(folder, 'home'), DOCKER_CONFIG: join(folder, 'home') })
    expect(env['PATH']?.split(':')[0]).toBe(own.openerDir)
    expect(JSON.stringify(env)).not.toContain('must-not-arrive')
  })

  test('is understood, though a password of the registry is a word of its output', async () => {
    const redactor = new Redactor()
    redactor.addChosen('artifact')
    redactor.addChosen('UNAUTHORIZED')
    let granted = 0
    const { result, lines } = await sign(
      `console.log('Signing artifact...'); console.error('Error: accessing image: UNAUTHORIZED: no'); process.exit(1)`,
      { redactor, onGranted: () => void granted++ },
    )
    expect(granted).toBe(1)
    expect(result).toMatchObject({ error: { code: 'cosign.registry-login', found: expect.stringContaining(mask) } })
    expect(`${JSON.stringify(result)}${lines.join()}${await readFile(join(folder, 'sign.log'), 'utf8')}`).not.toMatch(
      /artifact|UNAUTHORIZED/,
    )
  })

  test('is not started for anything but a digest', async () => {
    const digest = `sha256:${'a'.repeat(64)}`
    for (const bad of [
      'localhost:5000/demo/hello:latest',
      `localhost:5000/demo/hello:latest@${digest}`,
      `--help@${digest}`,
      `-x/demo@${digest}`,
      '',
    ]) {
      const { result } = await sign(`fs.writeFileSync(bundle, '{}')`, { reference: bad })
      expect(result.ok, bad).toBe(false)
      expect(await readdir(folder)).not.toContain('sign.log')
    }
  })

  test('that opens a foreign page is rejected', async () => {
    let shown = 0
    const { lines } = await sign(
      `for (const url of ['http://evil.example/', 'file:///etc/passwd', 'http://localhost:7777.evil.example/', 'javascript:1']) console.log('opener ' + open(url).status); process.exit(1)`,
      { onUrl: () => void shown++ },
    )
    expect(lines.filter((line) => line.startsWith('opener'))).toEqual(Array.from({ length: 4 }, () => 'opener 1'))
    expect(shown).toBe(0)
  })

  test('that waits for an unanswered login is ended after our own deadline', async () => {
    const { code } = await sign(`open(${JSON.stringify(loginUrl)}); process.on('SIGTERM', () => {}); ${hang}`, {
      timeoutMs: 100,
    })
    expect(code).toBe('login.timed-out')
  })

  test('is ended when the window is closed, but not when it closes after the login', async () => {
    const close = new AbortController()
    const open = `open(${JSON.stringify(loginUrl)});`
    expect((await sign(`${open} ${hang}`, { loginClosed: close.signal, onUrl: () => close.abort() })).code).toBe(
      'login.closed',
    )
    const closeLater = new AbortController()
    const { code } = await sign(
      `${open} console.error('Signing artifact...'); const timer = setInterval(() => fs.existsSync('${folder}/closed') && (fs.writeFileSync(bundle, '{}'), clearInterval(timer)), 10)`,
      {
        loginClosed: closeLater.signal,
        onLine: ({ text }) => {
          if (!text.startsWith('Signing')) return
          closeLater.abort()
          void writeFile(join(folder, 'closed'), '')
        },
      },
    )
    expect(code).toBe('signed')
  })

  test('is ended by a cancel, before it starts and while it waits', async () => {
    const cancel = new AbortController()
    expect((await sign(hang, { signal: AbortSignal.abort() })).code).toBe('run.cancelled')
    expect((await sign(hang, { signal: cancel.signal, onLine: () => cancel.abort() })).code).toBe('run.cancelled')
  })

  test('whose login was refused is distinguished from one that merely lacks a code', async () => {
    const open = `open(${JSON.stringify(loginUrl)});`
    const own = events()
    const denied = await sign(`${open} ${noCode}`, { ...own, onUrl: () => own.report('denied') })
    expect(denied.code).toBe('login.denied')
    expect(own.listeners.size).toBe(0)
    const others = events()
    const notOurs = await sign(`${open} ${noCode}`, {
      ...others,
      onUrl: () => others.report('denied', 'another-login'),
    })
    expect(notOurs.code).toBe('login.not-completed')
    expect((await sign(`${open} ${noCode}`)).code).toBe('login.not-completed')
  })

  test('is ended with our own error when the login could not be shown, and a bug there is not swallowed', async () => {
    const open = `open(${JSON.stringify(loginUrl)}); ${hang}`
    const error = { code: 'login.unreachable', what: 'x', remedy: 'y' } as const
    expect((await sign(open, { onUrl: async () => ({ ok: false, error }) })).result).toEqual({ ok: false, error })
    await expect(sign(open, { onUrl: () => Promise.reject(new Error('a bug')) })).rejects.toThrow('a bug')
  })

  test('that ends well without a bundle, or crashes, has not signed', async () => {
    await writeFile(join(folder, 'bundle.json'), 'of an earlier run')
    expect((await sign('process.exit(0)')).code).toBe('cosign.no-bundle')
    const { result } = await sign(`process.kill(process.pid, 'SIGSEGV')`)
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'cosign.unexpected', evidence: { ending: 'crash', signal: 'SIGSEGV' } },
    })
  })

  test('is not started with a signing config that is garbage', async () => {
    for (const bad of ['', '{}', '{"oidcUrls":[{"url":"nonsense"}]}']) {
      await writeFile(join(folder, 'signing-config.json'), bad)
      expect((await sign(`fs.writeFileSync(bundle, '{}')`)).code).toBe('cosign.signing-config')
    }
  })

  test('writes its output to the log', async () => {
    await sign(`console.error('Signing artifact...'); fs.writeFileSync(bundle, '{}')`)
    expect(await readFile(join(folder, 'sign.log'), 'utf8')).toContain('Signing artifact...')
  })
})
