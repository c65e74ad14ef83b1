import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, describe, expect, it } from 'vitest'
import { dist, root, temporaryFolders } from './harness/session.ts'
import { mountsNaming, networkInterfaces, processesNaming } from './harness/traces.ts'

const interfaces = networkInterfaces()
let where = temporaryFolders()
afterEach(() => {
  where.remove()
  where = temporaryFolders()
})

const cli = (...args: string[]) =>
  execa(process.execPath, [join(dist, 'cli.js'), ...args], {
    cwd: root,
    env: where.env,
    reject: false,
    // Shorter than the limit of the test, so that a story that hangs is ended and its output reported.
    timeout: 280_000,
  })

function expectNothingLeft(): void {
  expect(processesNaming(where.state)).toEqual([])
  expect(processesNaming(where.runtime)).toEqual([])
  expect(mountsNaming(where.state)).toEqual([])
  expect(mountsNaming(where.runtime)).toEqual([])
  expect(networkInterfaces()).toEqual(interfaces)
}

/** Resolves when the child's story has got as far as the given step. */
async function untilStarted(step: string): Promise<void> {
  const runs = join(where.state, 'runs')
  const started = (): boolean =>
    existsSync(runs) &&
    readdirSync(runs).some((run) =>
      readFileSync(join(runs, run, 'events.jsonl'), 'utf8').includes(`"type":"step.started","step":"${step}"`),
    )
  await expect.poll(started, { message: `step ${step} has started`, timeout: 60_000, interval: 20 }).toBe(true)
}

describe('the story as data', () => {
  it('is one JSON object on stdout with every promised field, and exit code 0', async () => {
    const evidence = join(where.state, '..', 'evidence')
    const { stdout, exitCode, timedOut } = await cli('story', '--scenario', 'all', '--json', '--evidence', evidence)
    const summary = JSON.parse(stdout)
    expect({ exitCode, timedOut }).toEqual({ exitCode: 0, timedOut: false })
    expect(summary).toMatchObject({ version: 1, profile: 'sandbox', ok: true })
    const facts = summary.scenarios.map((each: Record<string, unknown>) => [each['id'], each['outcome'], each['ok']])
    expect(facts).toEqual([
      ['signed', 'svid', true],
      ['unsigned', 'denied', true],
      ['impostor', 'denied', true],
      ['tampered', 'denied', true],
      ['borrowed-signature', 'denied', true],
      ['wrong-signer', 'denied', true],
      ['wrong-issuer', 'denied', true],
      ['other-image', 'denied', true],
      ['borrowed-image', 'denied', true],
    ])
    const of = (id: string) => summary.scenarios.find((each: Record<string, unknown>) => each['id'] === id)
    const [signed, unsigned, tampered, wrong] = ['signed', 'unsigned', 'tampered', 'wrong-signer'].map(of)
    const hex = expect.stringMatching(/^[0-9a-f]{64}$/)
    const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/)
    expect(signed).toMatchObject({
      expected: { outcome: 'svid', gate: null },
      image: { repository: expect.stringMatching(/^localhost:\d+\/demo\/hello$/), digest, id: digest },
      signer: { subject: 'engineer@sandbox.example', issuer: expect.stringMatching(/^http:\/\/localhost:\d+$/) },
      logEntry: { logIndex: expect.stringMatching(/^\d+$/), logId: hex, treeSize: expect.any(String), rootHash: hex },
      svid: { spiffeId: 'spiffe://demo.test/hello' },
      denial: null,
    })
    expect(Date.parse(signed.svid.notAfter) - Date.now()).toBeGreaterThan(3_000_000)
    expect(unsigned).toMatchObject({ signer: null, logEntry: null, svid: null, denial: { gate: 'signature' } })
    expect(tampered).toMatchObject({ signer: { subject: 'engineer@sandbox.example' }, denial: { gate: 'signature' } })
    expect(wrong).toMatchObject({ signer: { subject: 'intern@sandbox.example' }, denial: { gate: 'entry' } })
    for (const { denial } of [unsigned, tampered, wrong]) {
      for (const word of ['expected', 'found', 'remedy']) expect(denial[word].length).toBeGreaterThan(5)
    }
    expect(signed.steps.find((step: { id: string }) => step.id === 'sign').command).toContain('cosign sign --yes')
    expect(wrong.steps.map((step: { state: string }) => step.state)).toContain('reused')

    expect(readdirSync(join(evidence, 'signed')).sort()).toEqual([
      'bundle.sigstore.json',
      'decision.json',
      'events.jsonl',
      'spire-bundle.pem',
      'svid.pem',
      'trusted_root.json',
    ])
    expect(readdirSync(join(evidence, 'unsigned')).sort()).toEqual([
      'decision.json',
      'events.jsonl',
      'trusted_root.json',
    ])
    for (const id of readdirSync(evidence)) {
      for (const file of readdirSync(join(evidence, id))) {
        expect(readFileSync(join(evidence, id, file), 'utf8'), file).not.toContain('PRIVATE KEY')
      }
    }
    expectNothingLeft()
  })

  it('has exit code 1 and ok false when the intern signs instead of the engineer', async () => {
    const { stdout, exitCode } = await cli('story', '--scenario', 'signed', '--as', 'intern', '--json')
    expect(exitCode).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      scenarios: [{ ok: false, signer: { subject: 'intern@sandbox.example' } }],
    })
  })
})

describe('a signal', () => {
  it.each([
    ['SIGINT', 'preflight', 130],
    ['SIGINT', 'sandbox', 130],
    ['SIGTERM', 'build', 143],
    ['SIGINT', 'sign', 130],
    ['SIGINT', 'spire-agent', 130],
    ['SIGINT', 'attest', 130],
  ] as const)('%s during %s ends everything in order and leaves nothing', async (signal, step, code) => {
    const story = cli('story', '--scenario', 'signed', '--json')
    await untilStarted(step)
    story.kill(signal)
    const { exitCode, stdout } = await story
    expect(exitCode).toBe(code)
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, scenarios: [{ outcome: 'cancelled' }] })
    expectNothingLeft()
  })

  it('SIGINT for the third time ends the program at once, and clean removes what it left', async () => {
    const story = cli('story', '--scenario', 'signed')
    await untilStarted('attest')
    // The kernel merges signals that arrive before the first is handled.
    const presses = setInterval(() => story.kill('SIGINT'), 20)
    const { exitCode, stderr } = await story.finally(() => clearInterval(presses))
    expect([exitCode, stderr]).toEqual([130, expect.stringContaining('Forced to end')])
    expect((await cli('clean')).exitCode).toBe(0)
    expectNothingLeft()
  })
})

describe.runIf(process.getuid?.() === 0)('what cannot be stopped', () => {
  it('is named with the reason, everything else is stopped, and the exit code is 1', async () => {
    const story = cli('story', '--scenario', 'signed')
    await untilStarted('attest')
    // A folder in which something is mounted cannot be removed.
    const held = join(where.state, 'spire', 'server')
    await execa('mount', ['-t', 'tmpfs', 'tmpfs', held])
    const { exitCode, stdout, stderr } = await story
    await execa('umount', [held])
    expect(stdout).toContain('The workload has its identity')
    expect(stderr).toMatch(/Not everything could be stopped\..*npm run clean/)
    expect(stderr).toMatch(new RegExp(`spire-server.*EBUSY.*${held}`))
    expect(exitCode).toBe(1)
    expectNothingLeft()
  })
})

describe('stage 0 that is killed', () => {
  it('stops the story in order: its caller sees it ended, and nothing else would stop it', async () => {
    const start = execa(process.execPath, [join(root, 'src/cli/bootstrap.cjs'), 'story', '--scenario', 'signed'], {
      cwd: root,
      env: where.env,
      reject: false,
      stdio: 'ignore',
    })
    await untilStarted('build')
    start.kill('SIGKILL')
    expect((await start).signal).toBe('SIGKILL')
    await expect.poll(() => existsSync(join(where.runtime, 'session.lock')), { timeout: 30_000 }).toBe(false)
    expectNothingLeft()
  })
})

describe('a closed output', () => {
  it('stops the story in order, as Ctrl-C does, when its reader or its terminal goes away', async () => {
    const story = cli('story', '--scenario', 'signed')
    await untilStarted('spire-server')
    story.stdout.destroy()
    story.stderr.destroy()
    expect((await story).exitCode).toBe(130)
    expectNothingLeft()
  })
})

describe('a killed session', () => {
  it('is cleaned up by the next start, which says so and then works', async () => {
    const story = cli('story', '--scenario', 'signed', '--json')
    await untilStarted('register')
    story.kill('SIGKILL')
    await story
    expect(processesNaming(where.runtime).length).toBeGreaterThan(3)

    const second = await cli('story', '--scenario', 'signed')
    expect(second.exitCode, second.stdout).toBe(0)
    expect(second.stdout).toContain('An earlier session was cut off: ended')
    expectNothingLeft()
  })

  it('is cleaned up by `clean`, which leaves no state', async () => {
    const story = cli('story', '--scenario', 'signed', '--json')
    await untilStarted('register')
    story.kill('SIGKILL')
    await story
    const cleaned = await cli('clean')
    expect(cleaned.exitCode, cleaned.stderr).toBe(0)
    expect(existsSync(where.state)).toBe(false)
    expect(existsSync(where.runtime)).toBe(false)
    expectNothingLeft()
  })
})

describe('a second session at the same time', () => {
  it('is refused, and the holder of the first is named', async () => {
    const story = cli('story', '--scenario', 'signed', '--json')
    await untilStarted('preflight')
    const [second, cleaned] = [await cli('story', '--scenario', 'signed', '--json'), await cli('clean')]
    expect(second.exitCode).toBe(1)
    expect(second.stderr).toContain(`process ${story.pid}`)
    expect(cleaned.exitCode).toBe(1)
    expect((await story).exitCode).toBe(0)
  })
})

describe('unknown words', () => {
  it.each([
    [['story', '--scenario', 'sgined'], 'There is no scenario "sgined"'],
    [['story', '--as', 'root', '--scenario', 'signed'], 'There is no persona "root"'],
    [['story', '--as', '$(id)', '--scenario', 'signed'], 'There is no persona'],
    [['nonsense'], 'Unknown command "nonsense"'],
    [['clean', '--everything'], 'Usage'],
  ])('%j is refused with exit code 2, before anything is started', async (args, why) => {
    const { exitCode, stderr, stdout } = await cli(...args)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(why)
    expect(stdout).toBe('')
    expect(existsSync(where.state)).toBe(false)
  })
})
