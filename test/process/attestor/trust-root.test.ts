import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AttestorConfigFile } from '../../../src/core/attestor/config/schema.ts'
import { runCommand } from '../../../src/core/process/command.ts'
import { bundle, engineer, imageA, trustedRoot, trustedRootFile } from '../../fixtures/sigstore-fixtures.ts'
import { TufRepositoryServer } from '../../fixtures/tuf-repository.ts'
import { copyPlugin, PluginHost } from './plugin-host.ts'
import { prefix, Stage, workloadPid } from './stage.ts'

const built = mkdtempSync(join(tmpdir(), 'attestor-trust-'))
const plugin = join(built, 'attestor-plugin.cjs')
beforeAll(async () => {
  copyPlugin(plugin)
  return () => rmSync(built, { recursive: true })
})

let stage: Stage
let host: PluginHost
let tuf: TufRepositoryServer
beforeEach(async () => {
  stage = await new Stage().start()
  stage.run(imageA)
  stage.registry.attach(imageA.digest, [bundle('engineer')])
  // Stores the trusted root that cosign was given.
  stage.cosign(
    `for a in "$@"; do case "$a" in --trusted-root=*) cat "\${a#*=}" > "${stage.folder}/cosign-root";; esac; done
    echo "Verified OK" >&2`,
  )
  tuf = await new TufRepositoryServer().start()
  tuf.publish(trustedRoot, 1)
  writeFileSync(join(stage.folder, 'root.json'), tuf.root())
  host = new PluginHost(plugin, { TMPDIR: stage.folder })
  await host.load()
})
afterEach(async () => {
  await host.kill()
  await tuf.stop()
  await stage.stop()
})

const config = (more: Partial<AttestorConfigFile> = {}): string => {
  const { folder } = stage
  const from = { mirror: tuf.mirror, plainHttp: true, root: join(folder, 'root.json'), cache: join(folder, 'tuf') }
  return stage.config({ trustedRoot: { tuf: from }, ...more })
}
/** Another content of the configuration, so that it counts as a new one. */
const again = (seconds: number) => config({ cacheSeconds: seconds })
/** Waits longer than a busy machine takes. */
const eventually = <T>(look: () => T): Promise<T> => vi.waitFor(look, { timeout: 20_000 })
const signer = `${prefix}signer:${engineer.issuer}|${engineer.subject}`
const news = (message: string) => host.logs.filter((line) => line['@message'] === message)
const useless = JSON.stringify({ ...JSON.parse(trustedRoot), certificateAuthorities: [] })

describe('a trusted root by TUF', () => {
  it('applies to both verifications', async () => {
    await host.configure(config())
    expect(await host.attest(workloadPid)).toContain(signer)
    expect(readFileSync(join(stage.folder, 'cosign-root'), 'utf8')).toBe(trustedRoot)
    expect(news('The trusted root was fetched')[0]).toMatchObject({ mirror: tuf.mirror })
  })

  it('with an entry that cannot be used still verifies, and the agent\u2019s log names the entry', async () => {
    const root = JSON.parse(trustedRoot)
    const [log] = root.tlogs
    const broken = { ...log, logId: { keyId: 'AAAA' }, publicKey: { ...log.publicKey, rawBytes: 'AAAA' } }
    tuf.publish(JSON.stringify({ ...root, tlogs: [broken, log] }), 2)
    await host.configure(config())
    expect(await host.attest(workloadPid)).toContain(signer)
    expect(news('Entries of the trusted root are not used')[0]).toMatchObject({
      entries: 'transparency log 1 cannot be used: this program cannot read its key',
    })
  })

  it('that changes ends what was verified under the previous one', async () => {
    await host.configure(config())
    expect(await host.attest(workloadPid)).toContain(signer)
    tuf.publish(useless, 2)
    await host.configure(again(61))
    await eventually(async () => {
      expect(await host.attest(workloadPid)).toEqual([])
      expect(await stage.fell()).toBe('signer failed')
    })
  })

  it('is refreshed in the background: a hanging repository delays no attestation', async () => {
    await host.configure(config())
    tuf.onRequest = () => new Promise(() => undefined)
    const asked = tuf.requests.length
    await host.configure(again(61))
    await eventually(() => expect(tuf.requests.length).toBeGreaterThan(asked))
    expect(await host.attestOnce(workloadPid)).toContain(signer)
  })

  it.each<[string, () => Promise<void> | void, string]>([
    ['when the repository is down', () => tuf.stop(), 'could not be asked'],
    ['when the repository goes back', () => tuf.publish(useless, 2), 'is not accepted'],
    [
      'when the repository\u2019s metadata have expired',
      () => tuf.publish(useless, 4, { expires: '2020-01-01T00:00:00Z' }),
      'is not accepted',
    ],
  ])('is the one before, %s, and the log says how old it is', async (_, change, why) => {
    tuf.publish(trustedRoot, 3)
    await host.configure(config())
    await change()
    await host.configure(again(61))
    await eventually(() => expect(news('The trusted root could not be refreshed')).toHaveLength(1))
    const [line] = news('The trusted root could not be refreshed')
    expect(line?.['why']).toContain(why)
    expect(line?.['in_use']).toMatch(/^confirmed at \d{4}-/)
    expect(await host.attest(workloadPid)).toContain(signer)
  })

  it('that never existed is undetermined, and the agent starts all the same', async () => {
    tuf.status = 503
    await host.configure(config())
    const answer = await host.attest(workloadPid)
    expect(answer).toMatchObject({ code: status.UNAVAILABLE })
    expect('details' in answer ? answer.details : '').toMatch(/gate signer: .*HTTP 503/)
    expect(stage.cosignRuns()).toEqual([])
    tuf.status = undefined
    await host.configure(again(61))
    expect(await host.attest(workloadPid)).toContain(signer)
  })

  it('that cannot be fetched keeps the previous configuration in force', async () => {
    await host.configure(stage.config())
    tuf.status = 503
    await expect(host.configure(config())).rejects.toThrow('stays in force')
    expect(await host.attest(workloadPid)).toContain(signer)
  })

  it('needs valid root metadata', async () => {
    writeFileSync(join(stage.folder, 'root.json'), trustedRoot)
    await expect(host.configure(config())).rejects.toThrow('"trustedRoot.tuf.root"')
  })
})

describe('a trusted root in a file', () => {
  it('is read each time, and cosign gets what was read', async () => {
    const file = join(stage.folder, 'own-root.json')
    writeFileSync(file, trustedRoot)
    await host.configure(stage.config({ trustedRoot: file }))
    expect(await host.attest(workloadPid)).toContain(signer)
    expect(readFileSync(join(stage.folder, 'cosign-root'), 'utf8')).toBe(readFileSync(trustedRootFile, 'utf8'))
    rmSync(file)
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    writeFileSync(file, useless)
    expect([await host.attest(workloadPid), await stage.fell()]).toEqual([[], 'signer failed'])
  })
})

describe('--check-config', () => {
  const check = async () => {
    const file = join(stage.folder, 'plugin.json')
    writeFileSync(file, config())
    return runCommand({ program: process.execPath, args: [plugin, '--check-config', file], timeoutMs: 20_000 })
  }

  it('contacts the repository, stores nothing, and reports the stored copy\u2019s age when it does not respond', async () => {
    expect(await check()).toMatchObject({
      kind: 'exited',
      exitCode: 0,
      stdout: expect.stringContaining('has a trusted root'),
    })
    tuf.status = 503
    expect(await check()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('HTTP 503') })
    tuf.status = undefined
    await host.configure(config())
    tuf.status = 503
    expect(await check()).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/HTTP 503[\s\S]*confirmed 0 min ago/),
    })
  })
})
