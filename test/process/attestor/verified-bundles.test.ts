import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AttestorConfigFile } from '../../../src/core/attestor/config/schema.ts'
import { readStartTime } from '../../../src/core/attestor/processes/process-facts.ts'
import { bundle, engineer, imageA, imageB, intern, trustedRoot } from '../../fixtures/sigstore-fixtures.ts'
import { copyPlugin, PluginHost } from './plugin-host.ts'
import { prefix, Stage, workloadPid } from './stage.ts'

const built = mkdtempSync(join(tmpdir(), 'attestor-verified-'))
const plugin = join(built, 'attestor-plugin.cjs')
beforeAll(async () => {
  copyPlugin(plugin)
  return () => rmSync(built, { recursive: true })
})

const accept = 'echo "Verified OK" >&2'
const refuse = 'echo "provided artifact digest does not match any digest in statement" >&2; exit 1'
const signer = (who: typeof engineer): string => `${prefix}signer:${who.issuer}|${who.subject}`

let stage: Stage
let host: PluginHost
let root: string
beforeEach(async () => {
  stage = await new Stage().start()
  root = join(stage.folder, 'own-root.json')
  writeFileSync(root, trustedRoot)
  host = new PluginHost(plugin, { TMPDIR: stage.folder })
  await host.load()
  stage.run(imageB)
  stage.registry.attach(imageB.digest, [bundle('other-image')])
})
afterEach(async () => {
  await host.kill()
  await stage.stop()
})

// The images themselves are not cached, so that each attestation queries the registry.
const configure = (more: Partial<AttestorConfigFile> = {}) =>
  host.configure(stage.config({ trustedRoot: root, cacheSeconds: 0, deadlineMs: 3_900, ...more }))
const runs = (): number => stage.cosignRuns().length

/**
 * How many pages the ended children of a process have touched (proc(5), stat, field 11). No program runs without
 * touching some, so as long as this stays the same, none was started.
 */
function childrenOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[8])
}

describe('a verified signature', () => {
  it('is not verified again while the registry lists it, and the record says when it was', async () => {
    await configure()
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    const asked = stage.registry.requests.length
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    expect([runs(), stage.registry.requests.length > asked]).toEqual([1, true])
    const gate = (await stage.decision()).gates.find(({ id }) => id === 'signer')
    expect(gate?.found).toMatch(/^engineer@.* \(verified at \d{4}-.*Z, from the cache\)$/)
    expect(gate?.checks?.map(({ verdict }) => verdict)).toEqual(Array(7).fill('passed'))
  })

  it('no longer counts once the registry does not list it, and a new one counts at once', async () => {
    await configure()
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    stage.registry.attach(imageB.digest, [])
    expect([await host.attest(workloadPid), await stage.fell()]).toEqual([[], 'signature not-present'])
    stage.registry.attach(imageB.digest, [bundle('other-image'), bundle('intern')])
    const both = expect.arrayContaining([signer(engineer), signer(intern)])
    await expect.poll(() => host.attest(workloadPid)).toEqual(both)
    expect(runs()).toBe(2)
  })

  it('of another image is not a signature of this one, even from the cache', async () => {
    await configure()
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    stage.run(imageA)
    stage.registry.attach(imageA.digest, [bundle('other-image')])
    expect([await host.attest(workloadPid), await stage.fell()]).toEqual([[], 'signature failed'])
  })

  it.each<[string, () => Promise<unknown> | void]>([
    ['another trusted root', () => writeFileSync(root, `${trustedRoot} `)],
    ['another cosign at the same path', () => stage.cosign(`${accept} # another`)],
    ['another policy', () => configure({ thresholds: { sct: 0 } })],
    ['the same configuration, read again', () => configure()],
  ])('is verified again under %s', async (_, change) => {
    await configure()
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    await change()
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    expect(runs()).toBe(2)
  })

  it('no longer counts under a policy that does not allow its signer', async () => {
    await configure()
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    await configure({ signers: [intern] })
    expect([await host.attest(workloadPid), await stage.fell()]).toEqual([[], 'signer failed'])
  })

  it('is verified each time if the configuration says so', async () => {
    await configure({ cachedSignatures: 0 })
    for (let time = 0; time < 3; time++) expect(await host.attest(workloadPid)).toContain(signer(engineer))
    expect(runs()).toBe(3)
  })

  it('is dropped when it is the oldest of too many', async () => {
    await configure({ cachedSignatures: 1 })
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    stage.run(imageA)
    stage.registry.attach(imageA.digest, [bundle('engineer')])
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    expect(runs()).toBe(2)
    stage.run(imageB)
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    expect(runs()).toBe(3)
  })
})

it('an image\u2019s names are cached with it, and queried again each time otherwise', async () => {
  await configure({ cacheSeconds: 60 })
  expect(await host.attest(workloadPid)).toContain(signer(engineer))
  stage.engine.repoDigests.set(imageB.id, [])
  expect(await host.attest(workloadPid)).toContain(signer(engineer))
  await configure()
  expect([await host.attest(workloadPid), await stage.fell()]).toEqual([[], 'registry not-present'])
})

it('an image\u2019s names are queried again after a denial: it may have been pushed since', async () => {
  await configure({ cacheSeconds: 60 })
  stage.engine.repoDigests.set(imageB.id, [])
  expect([await host.attest(workloadPid), await stage.fell()]).toEqual([[], 'registry not-present'])
  stage.run(imageB)
  expect(await host.attest(workloadPid)).toContain(signer(engineer))
})

it('a denial is not cached, nor an undetermined result', async () => {
  await configure()
  const asksCosign = async (answer: unknown, gate: string): Promise<void> => {
    const before = runs()
    expect([await host.attest(workloadPid), await stage.fell()]).toEqual([answer, gate])
    // At least one: on a busy machine an attestation may time out and be repeated.
    expect(runs()).toBeGreaterThan(before)
  }
  stage.cosign(refuse)
  await asksCosign([], 'signer failed')
  stage.cosign('exit 7')
  await asksCosign(
    { code: status.UNAVAILABLE, details: expect.stringContaining('gate signer') },
    'signer could-not-check',
  )
  stage.cosign(accept)
  await asksCosign(expect.arrayContaining([signer(engineer)]), 'none')
})

it('an image is not cached while a signature of it could not be checked', async () => {
  const works = join(stage.folder, 'works')
  stage.cosign(`case "$*" in *${intern.subject}*) [ -e '${works}' ] || kill -9 $$;; esac; ${accept}`)
  stage.registry.attach(imageB.digest, [bundle('other-image'), bundle('intern')])
  await configure({ cacheSeconds: 3_600 })
  const found = async () => {
    await host.attestOnce(workloadPid)
    return (await stage.decision()).gates.find(({ id }) => id === 'signer')?.found
  }
  // An attestation may run out of time first.
  await expect.poll(found).toMatch(/^engineer@.*; not checked: intern@.*SIGKILL/)
  const { selectors, cached, uncheckedSignatures } = await stage.decision()
  expect([selectors.includes(`signer:${intern.issuer}|${intern.subject}`), cached]).toEqual([false, false])
  expect(uncheckedSignatures).toMatchObject([{ found: expect.stringMatching(/^intern@.*SIGKILL/) }])
  writeFileSync(works, '')
  const both = expect.arrayContaining([signer(engineer), signer(intern)])
  await expect.poll(() => host.attestOnce(workloadPid)).toEqual(both)
  await host.attestOnce(workloadPid)
  const next = await stage.decision()
  expect([next.cached, next.uncheckedSignatures]).toEqual([true, undefined])
})

describe('cosign that is still running when the attestation times out', () => {
  const continues = expect.stringContaining('no answer in time; cosign continues')
  // It is ended after ten seconds in any case.
  const beforeItsLimit = { timeout: 6_000 }
  const linesOf = (file: string): string[] =>
    existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
  /** The processes in a file that has a line for each. */
  const allEnd = async (pids: string): Promise<void> => {
    await expect.poll(() => linesOf(pids)).not.toEqual([])
    for (const line of linesOf(pids)) {
      expect(line).toMatch(/^[1-9]\d*$/)
      await expect.poll(() => readStartTime('/proc', Number(line)), beforeItsLimit).toBeUndefined()
    }
  }
  const answerAndGate = async () => [await host.attestOnce(workloadPid), await stage.fell()]

  it('continues, and the next attestation uses its result', async () => {
    const done = join(stage.folder, 'done')
    stage.cosign(`until [ -e '${done}' ]; do sleep 0.05; done; ${accept}`)
    await configure({ deadlineMs: 1_000 })
    await expect
      .poll(answerAndGate)
      .toEqual([{ code: status.UNAVAILABLE, details: continues }, 'signer could-not-check'])
    const gate = (await stage.decision()).gates.find(({ id }) => id === 'signer')
    expect(gate?.checks?.map(({ verdict }) => verdict)).toEqual([...Array(6).fill('passed'), 'could-not-check'])
    writeFileSync(done, '')
    await expect.poll(() => host.attestOnce(workloadPid)).toContain(signer(engineer))
    expect(runs()).toBe(1)
  })

  it('leaves its signer out of an image that has another one, but not for as long as an image is cached', async () => {
    const done = join(stage.folder, 'done')
    stage.cosign(`case "$*" in *${intern.subject}*) until [ -e '${done}' ]; do sleep 0.05; done;; esac; ${accept}`)
    stage.registry.attach(imageB.digest, [bundle('other-image'), bundle('intern')])
    await configure({ deadlineMs: 1_000, cacheSeconds: 3_600 })
    await expect.poll(() => host.attestOnce(workloadPid)).toContain(signer(engineer))
    const { gates, selectors, cached } = await stage.decision()
    expect([selectors.includes(`signer:${intern.issuer}|${intern.subject}`), cached]).toEqual([false, false])
    expect(gates.find(({ id }) => id === 'signer')?.found).toMatch(
      /^engineer@.*; not checked: intern@.*: no answer in time; cosign continues/,
    )
    writeFileSync(done, '')
    const both = expect.arrayContaining([signer(engineer), signer(intern)])
    await expect.poll(() => host.attestOnce(workloadPid)).toEqual(both)
    await host.attestOnce(workloadPid)
    expect([(await stage.decision()).cached, runs()]).toEqual([true, 2])
  })

  it('is logged, once, if it then rejects the signature, which is not cached', async () => {
    const done = join(stage.folder, 'done')
    stage.cosign(`until [ -e '${done}' ]; do sleep 0.05; done; ${refuse}`)
    await configure({ deadlineMs: 1_000 })
    const timesOut = () => expect.poll(() => host.attestOnce(workloadPid)).toMatchObject({ details: continues })
    const rejections = () =>
      host.logs.filter((line) => line['@message'] === 'cosign rejects a signature that passed our own checks')
    await timesOut()
    // This one joins the first one's run.
    await timesOut()
    writeFileSync(done, '')
    await expect.poll(rejections).toHaveLength(1)
    expect(rejections()[0]).toMatchObject({ found: 'the signed statement names another digest' })
    await configure()
    await expect.poll(answerAndGate).toEqual([[], 'signer failed'])
    expect(rejections()).toHaveLength(1)
  })

  it('is ended by a reload', async () => {
    const pids = join(stage.folder, 'pids')
    stage.cosign(`echo $$ >> '${pids}'; exec sleep 60`)
    await configure({ deadlineMs: 1_000 })
    await expect.poll(() => host.attestOnce(workloadPid)).toMatchObject({ details: continues })
    await expect.poll(() => linesOf(pids)).not.toEqual([])
    await configure()
    await allEnd(pids)
  })

  it.each<[string, Partial<AttestorConfigFile>, string]>([
    ['its result would not be cached', { cachedSignatures: 0 }, 'signer could-not-check'],
    ['our own checks have failed', { trustedRoot: 'without-logs.json' }, 'signer failed'],
  ])('is ended if %s', async (_, more, gate) => {
    writeFileSync(join(stage.folder, 'without-logs.json'), JSON.stringify({ ...JSON.parse(trustedRoot), tlogs: [] }))
    const pids = join(stage.folder, 'pids')
    stage.cosign(`echo $$ >> '${pids}'; exec sleep 60`)
    const own = more.trustedRoot === undefined ? {} : { trustedRoot: join(stage.folder, more.trustedRoot as string) }
    await configure({ deadlineMs: 1_000, ...more, ...own })
    await expect.poll(async () => [(await answerAndGate())[1], existsSync(pids)]).toEqual([gate, true])
    await allEnd(pids)
  })
})

describe('a process', () => {
  it.each([
    ['the image was verified before', 60],
    ['only its signature was', 0],
  ])('is not started for an attestation when %s', async (_, cacheSeconds) => {
    await configure({ cacheSeconds })
    const pid = host.child.pid ?? 0
    const atFirst = childrenOf(pid)
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    const afterCold = childrenOf(pid)
    // The control: what is counted does count.
    expect(afterCold).toBeGreaterThan(atFirst)
    for (let time = 0; time < 20; time++) expect(await host.attest(workloadPid)).toContain(signer(engineer))
    expect(childrenOf(pid)).toBe(afterCold)
  })
})
