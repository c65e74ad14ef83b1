import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { digestHex } from '../../../src/core/domain/oci/digest.ts'
import { ok } from '../../../src/core/domain/result.ts'
import { readProcStat } from '../../../src/core/process/proc-stat.ts'
import { cosignProblem } from '../../../src/core/sigstore/cosign/check-cosign.ts'
import { cosignVerifyBundle } from '../../../src/core/sigstore/cosign/cosign-verify.ts'
import { bundle, engineer, imageA, imageB, trustedRootFile } from '../../fixtures/sigstore-fixtures.ts'
import { program as installedProgram } from '../../integration/programs.ts'

let folder: string
let bundleFile: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cosign-bundle-'))
  bundleFile = join(folder, 'bundle.json')
  writeFileSync(bundleFile, bundle('engineer'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A shell script as cosign. */
function program(body: string): string {
  const file = join(folder, 'cosign')
  writeFileSync(file, `#!/bin/sh\n${body}\n`)
  chmodSync(file, 0o755)
  return file
}

const verify = (cosign: string, more: { digest?: typeof imageA.digest; timeoutMs?: number } = {}) =>
  cosignVerifyBundle({
    cosign,
    trustedRoot: trustedRootFile,
    signer: engineer,
    home: folder,
    bundleFile,
    digest: more.digest ?? imageA.digest,
    timeoutMs: more.timeoutMs ?? 5_000,
  })

describe('a program that is run as cosign', () => {
  it('passes with exactly cosign\u2019s line', async () => {
    expect((await verify(program('echo "Verified OK" >&2'))).check.verdict).toBe('passed')
  })

  it.each([
    ['says nothing', 'exit 0'],
    ['names another digest', `echo "Verified OK sha256:${'0'.repeat(64)}" >&2`],
    ['says more before it', 'echo "warning: something" >&2; echo "Verified OK" >&2'],
    ['says more after it', 'echo "Verified OK" >&2; echo "for another digest" >&2'],
    ['says it on the other stream', 'echo "Verified OK"'],
    ['prints something besides', 'echo "Verified OK" >&2; echo x'],
    ['ends its line otherwise', 'printf "Verified OK" >&2'],
    ['says it in other letters', 'echo "verified ok" >&2'],
  ])('has not verified anything when it %s', async (_, body) => {
    const { check } = await verify(program(body))
    expect(check).toMatchObject({ verdict: 'could-not-check', found: expect.stringContaining('Verified OK') })
    expect(check.remedy).toContain('cosign 3.1')
  })
})

describe('what a program starts', () => {
  const pidFile = (): string => join(folder, 'child')
  afterEach(() => rmSync(pidFile(), { force: true }))
  // It leaves session and group, and holds none of the pipes.
  const daemon = (): string =>
    `setsid sh -c 'echo $$ > ${pidFile()}.new; mv ${pidFile()}.new ${pidFile()}; exec sleep 300' >/dev/null 2>&1 </dev/null &
    until [ -e ${pidFile()} ]; do sleep 0.01; done`
  const child = (): number => Number(readFileSync(pidFile(), 'utf8'))

  it.each([
    ['when it ends well', 'echo "Verified OK" >&2', {}],
    ['when it fails', 'exit 1', {}],
    ['when it takes too long', 'sleep 300', { timeoutMs: 500 }],
  ])('ends with it %s, also outside of its session', async (_, end, more) => {
    await verify(program(`${daemon()}\n${end}`), more)
    expect(existsSync(pidFile())).toBe(true)
    expect(readProcStat(child())).toBeUndefined()
  })
})

describe('a program that is checked with a known answer', () => {
  const right = `--digest=${digestHex(imageA.digest)}`
  const refusal = 'echo "Error: provided artifact digest does not match any digest in statement" >&2; exit 1'

  it('is accepted when it accepts the right digest and refuses a wrong one', async () => {
    const body = `case "$*" in *${right}*) echo "Verified OK" >&2;; *) ${refusal};; esac`
    expect(await cosignProblem(program(body))).toEqual(ok(undefined))
  })

  it.each([
    ['accepts everything', 'echo "Verified OK" >&2', 'never signed'],
    ['says nothing', 'exit 0', 'good signature'],
    ['refuses everything', refusal, 'good signature'],
    ['fails for a wrong digest', `case "$*" in *${right}*) echo "Verified OK" >&2;; *) exit 1;; esac`, 'wrong digest'],
    ['cannot be run', 'exec /nowhere', 'good signature'],
  ])('is found out when it %s', async (_, body, problem) => {
    expect(await cosignProblem(program(body))).toEqual(ok(expect.stringContaining(problem)))
  })
})

const real = installedProgram('cosign') ?? ''
describe.runIf(real !== '')('the real cosign', () => {
  it('prints exactly its line, refuses another digest, and passes the check', { timeout: 60_000 }, async () => {
    expect((await verify(real, { timeoutMs: 30_000 })).check.verdict).toBe('passed')
    expect((await verify(real, { digest: imageB.digest, timeoutMs: 30_000 })).check.verdict).toBe('failed')
    expect(await cosignProblem(real, 30_000)).toEqual(ok(undefined))
  })
})
