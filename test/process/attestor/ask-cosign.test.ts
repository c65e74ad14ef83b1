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
  // Ends once the file with the name of its bundle's content is there.
  writeFileSync(
    tools.cosign,
    `#!/bin/sh
for word; do case "$word" in --bundle=*) bundle=$(cat "\${word#--bundle=}");; esac; done
echo "$bundle" >> '${folder}/started'
echo $$ > '${folder}/pids'
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

/** One attestation's question about a bundle with this content. */
function ask(name: string) {
  const leaving = new AbortController()
  const bundle = {
    digest: digestOf(Buffer.from(name)),
    json: name,
    subject: imageA.digest,
    facts: { certificate: { signer: { issuer: 'http://issuer.test', subject: 'me' } } },
  } as unknown as CountingBundle
  const { digest, subject } = bundle
  const question = { ...tools.policy, bundle: digest, subject, trustedRoot: folder, cosign: tools.cosign }
  const answer = verified.get(question, async (shared) => {
    const asked = askCosign(bundle, '{}', { ...tools, signal: leaving.signal }, shared)
    asked.mayOutlast()
    const check = await asked.check
    return { checks: [check], verdict: check.verdict === 'passed' ? 'passed' : 'could-not-check', at: '' }
  })
  const found = answer.then(({ value }) => value.checks[0]?.found)
  return { answer, found, leave: () => leaving.abort() }
}

// A run ends by itself after ten seconds; what is to end it earlier is waited for less.
const soon = { timeout: 6_000 }

it('a run that waits for its turn is not started for a caller who has left, but for the next one', async () => {
  const first = ask('first')
  await expect.poll(started).toEqual(['first'])
  const leaves = ask('second')
  await expect.poll(() => tools.limit.pendingCount).toBe(1)
  leaves.leave()
  expect(await leaves.found).toBe('no answer in time: it was not cosign\u2019s turn yet')
  const stays = ask('second')
  await expect.poll(() => tools.limit.pendingCount).toBe(2)
  end('first')
  await expect.poll(started).toEqual(['first', 'second'])
  end('second')
  expect((await first.answer).value.verdict).toBe('passed')
  expect((await stays.answer).value.verdict).toBe('passed')
})

it('a run goes on for the next caller, who needs no turn, and leaves no file', async () => {
  const leaves = ask('first')
  await expect.poll(started).toEqual(['first'])
  const other = ask('second')
  await expect.poll(() => tools.limit.pendingCount).toBe(1)
  leaves.leave()
  expect(await leaves.found).toMatch(/^no answer in time; cosign goes on/)
  const stays = ask('first')
  end('first')
  await expect.poll(started).toEqual(['first', 'second'])
  // The other one has the only turn, and does not end.
  expect((await stays.answer).value.verdict).toBe('passed')
  end('second')
  await other.answer
  expect(readdirSync(tools.workFolder)).toEqual(['home'])
})

it('a caller who joins a run that ends without a verdict gets one of its own', async () => {
  const leaves = ask('first')
  await expect.poll(started).toEqual(['first'])
  leaves.leave()
  await leaves.answer
  const stays = ask('first')
  await expect.poll(() => readdirSync(folder)).toContain('pids')
  process.kill(Number(readFileSync(join(folder, 'pids'), 'utf8')), 'SIGKILL')
  await expect.poll(started).toEqual(['first', 'first'])
  end('first')
  expect((await stays.answer).value.verdict).toBe('passed')
})

it.each<[string, () => void]>([
  ['the plugin ends', () => ending.abort()],
  ['another configuration replaces this one', () => verified.close()],
])('a run that goes on ends when %s', async (_, ends) => {
  const leaves = ask('first')
  await expect.poll(started).toEqual(['first'])
  leaves.leave()
  expect(await leaves.found).toMatch(/cosign goes on/)
  ends()
  await expect.poll(() => [tools.limit.activeCount, readdirSync(tools.workFolder)], soon).toEqual([0, ['home']])
})

it('a third run does not go on: others are to have their turn', async () => {
  tools = { ...tools, limit: pLimit(4) }
  const callers = ['first', 'second', 'third'].map(ask)
  await expect.poll(started).toHaveLength(3)
  for (const { leave } of callers) leave()
  const found = await Promise.all(callers.map((each) => each.found))
  expect(found.filter((each) => each?.includes('goes on'))).toHaveLength(2)
  await expect.poll(() => tools.limit.activeCount, soon).toBe(2)
  ending.abort()
})
