import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { VerifiedBundles } from '../../../src/core/attestor/cache/verified-bundles.ts'
import { askCosign, type CosignTools } from '../../../src/core/attestor/gates/ask-cosign.ts'
import type { CountingBundle } from '../../../src/core/attestor/gates/signature.ts'
import { digestOf } from '../../../src/core/domain/oci/digest.ts'
import { imageA } from '../../fixtures/sigstore-fixtures.ts'

let folder: string
let tools: Omit<CosignTools, 'signal'>
let ending: AbortController
let verified: VerifiedBundles

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ask-cosign-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  ending = new AbortController()
  verified = new VerifiedBundles(8)
  tools = {
    cosign: join(folder, 'cosign'),
    policy: { predicateType: 'x', thresholds: { log: 1, sct: 1, timestamp: 1 } },
    workFolder: join(folder, 'work'),
    limit: pLimit(1),
    ending: ending.signal,
  }
  // Succeeds once there is a file named like the content of its bundle.
  writeFileSync(
    tools.cosign,
    `#!/bin/sh
for word; do case "$word" in --bundle=*) bundle=$(cat "\${word#--bundle=}");; esac; done
echo $$ > '${folder}/pid'
echo "$bundle" >> '${folder}/started'
until [ -e "${folder}/$bundle" ]; do sleep 0.02; done
echo "Verified OK" >&2
`,
    { mode: 0o755 },
  )
})

const started = (): readonly string[] => {
  const file = join(folder, 'started')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}
const end = (name: string): void => writeFileSync(join(folder, name), '')

/** An attestation that asks about a bundle with this content. */
function ask(name: string, timeout = new AbortController()) {
  let asks = false
  const bundle = {
    digest: digestOf(Buffer.from(name)),
    json: name,
    subject: imageA.digest,
    facts: { certificate: { signer: { issuer: 'http://issuer.test', subject: 'me' } } },
  } as unknown as CountingBundle
  const { digest, subject } = bundle
  const question = { ...tools.policy, bundle: digest, subject, trustedRoot: folder, cosign: tools.cosign }
  const answer = verified.get(question, async (shared) => {
    const asked = askCosign(bundle, '{}', { ...tools, signal: timeout.signal }, shared)
    asked.mayContinue()
    asks = true
    const check = await asked.check
    return { checks: [check], verdict: check.verdict === 'passed' ? 'passed' : 'could-not-check', at: '' }
  })
  const verdict = answer.then(({ value }) => value.verdict)
  const found = answer.then(({ value }) => value.checks[0]?.found)
  return { verdict, found, asks: () => asks, timeOut: () => timeout.abort() }
}

/** An attestation has timed out while cosign runs, which continues. */
async function timedOut(name: string): Promise<void> {
  const first = ask(name)
  await expect.poll(started).toEqual([name])
  first.timeOut()
  expect(await first.found).toBe(
    'no answer in time; cosign continues, and if it succeeds, the next attestation uses its result',
  )
}

// cosign is ended after ten seconds in any case, so what ends it earlier gets less time.
const soon = { timeout: 6_000 }
const settled = () => [tools.limit.activeCount, readdirSync(tools.workFolder)]

it('a queued run is dropped when its attestation times out, and started for the next one', async () => {
  const first = ask('first')
  await expect.poll(started).toEqual(['first'])
  const dropped = ask('second')
  await expect.poll(() => tools.limit.pendingCount).toBe(1)
  dropped.timeOut()
  expect(await dropped.found).toBe('no answer in time; cosign was still queued behind other verifications')
  const next = ask('second')
  await expect.poll(() => tools.limit.pendingCount).toBe(2)
  end('first')
  await expect.poll(started).toEqual(['first', 'second'])
  end('second')
  expect([await first.verdict, await next.verdict]).toEqual(['passed', 'passed'])
})

it('a run that continues is joined by the next attestation, without a slot, and leaves no file', async () => {
  await timedOut('first')
  const other = ask('second')
  await expect.poll(() => tools.limit.pendingCount).toBe(1)
  const next = ask('first')
  end('first')
  await expect.poll(started).toEqual(['first', 'second'])
  // The other one has the only slot, and does not end.
  expect([await next.verdict, await next.found]).toEqual([
    'passed',
    'cosign accepts the signature, in a run that an earlier attestation started',
  ])
  end('second')
  expect([await other.verdict, await other.found]).toEqual(['passed', 'cosign accepts the signature'])
  expect(readdirSync(tools.workFolder)).toEqual(['home'])
})

it('an attestation that joins a run which ends without a verdict starts one of its own', async () => {
  await timedOut('first')
  const next = ask('first')
  await expect.poll(next.asks).toBe(true)
  // It waits for the run, and not for the only slot.
  expect([tools.limit.activeCount, tools.limit.pendingCount]).toEqual([1, 0])
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  // 0 would be this very process.
  expect(pid).toBeGreaterThan(1)
  process.kill(pid, 'SIGKILL')
  await expect.poll(started).toEqual(['first', 'first'])
  end('first')
  expect([await next.verdict, await next.found]).toEqual(['passed', 'cosign accepts the signature'])
})

it('after a reload an attestation under the old configuration needs a slot, as if nothing were shared', async () => {
  await timedOut('first')
  end('first')
  await expect.poll(settled, soon).toEqual([0, ['home']])
  const other = ask('second')
  await expect.poll(started).toEqual(['first', 'second'])
  verified.close()
  const next = ask('first')
  await expect.poll(() => tools.limit.pendingCount).toBe(1)
  end('second')
  expect([await other.verdict, await next.verdict]).toEqual(['passed', 'passed'])
  expect(started()).toEqual(['first', 'second', 'first'])
})

it('an attestation that is late already neither starts cosign nor says that it queued', async () => {
  const late = new AbortController()
  late.abort()
  expect(await ask('first', late).found).toBe('no answer in time')
  expect([started(), tools.limit.activeCount, tools.limit.pendingCount]).toEqual([[], 0, 0])
})

it('an attestation that the end of the plugin ends is cancelled, which is no timeout', async () => {
  const first = ask('first')
  await expect.poll(started).toEqual(['first'])
  ending.abort()
  first.timeOut()
  expect(await first.found).toBe('cancelled, because the plugin ends')
  await expect.poll(settled, soon).toEqual([0, ['home']])
})

it.each<[string, () => void]>([
  ['the plugin ends', () => ending.abort()],
  ['another configuration replaces this one', () => verified.close()],
])('a run that continues ends when %s', async (_, ends) => {
  await timedOut('first')
  ends()
  await expect.poll(settled, soon).toEqual([0, ['home']])
})

it('a third run does not continue, so that other images get a slot', async () => {
  tools = { ...tools, limit: pLimit(4) }
  const asked = ['first', 'second', 'third'].map((name) => ask(name))
  await expect.poll(started).toHaveLength(3)
  for (const { timeOut } of asked) timeOut()
  const found = await Promise.all(asked.map((each) => each.found))
  expect(found.filter((each) => each?.includes('cosign continues'))).toHaveLength(2)
  await expect.poll(() => tools.limit.activeCount, soon).toBe(2)
  ending.abort()
  await expect.poll(settled, soon).toEqual([0, ['home']])
})
