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
const verified = new VerifiedBundles(8)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ask-cosign-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  ending = new AbortController()
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
    asked.goOn()
    const check = await asked.check
    return { checks: [check], verdict: check.verdict === 'passed' ? 'passed' : 'could-not-check', at: '' }
  })
  const found = answer.then(({ value }) => value.checks[0]?.found)
  return { answer, found, leave: () => leaving.abort() }
}

it('a run that has not had its turn is not started for a caller who has left, but for the next one', async () => {
  const first = ask('first')
  await expect.poll(started).toEqual(['first'])
  const leaves = ask('second')
  // It is in the queue now: the question asks for the program's file first.
  await expect.poll(() => tools.limit.pendingCount).toBe(1)
  leaves.leave()
  expect(await leaves.found).toBe('no answer in time: too much else was being verified')
  const stays = ask('second')
  end('first')
  await expect.poll(started).toEqual(['first', 'second'])
  end('second')
  expect((await first.answer).value.verdict).toBe('passed')
  expect((await stays.answer).value.verdict).toBe('passed')
})

it('a run goes on for the next caller, who needs no turn, and leaves no file', async () => {
  const leaves = ask('third')
  await expect.poll(started).toEqual(['third'])
  leaves.leave()
  expect(await leaves.found).toMatch(/^no answer in time; cosign goes on/)
  const stays = ask('third')
  end('third')
  expect((await stays.answer).value.verdict).toBe('passed')
  expect(started()).toEqual(['third'])
  expect(readdirSync(tools.workFolder)).toEqual(['home'])
})

it('a run that goes on ends with the plugin', async () => {
  const leaves = ask('fourth')
  await expect.poll(started).toEqual(['fourth'])
  leaves.leave()
  await leaves.answer
  ending.abort()
  await expect.poll(() => [tools.limit.activeCount, readdirSync(tools.workFolder)]).toEqual([0, ['home']])
})
