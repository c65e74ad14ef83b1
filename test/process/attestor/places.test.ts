import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AttestorConfigFile } from '../../../src/core/attestor/config/schema.ts'
import { bundle, engineer, imageA } from '../../fixtures/sigstore-fixtures.ts'
import { copyPlugin, PluginHost } from './plugin-host.ts'
import { prefix, Stage, workloadPid } from './stage.ts'

const built = mkdtempSync(join(tmpdir(), 'attestor-places-'))
const plugin = join(built, 'attestor-plugin.cjs')
const signedByEngineer = `${prefix}signer:${engineer.issuer}|${engineer.subject}`
let stage: Stage
let host: PluginHost
beforeAll(async () => {
  copyPlugin(plugin)
  stage = await new Stage().start()
  // Where it finds a test's credential helper.
  host = new PluginHost(plugin, { TMPDIR: stage.folder, PATH: `${built}:${process.env['PATH']}` })
  await host.load()
  stage.run(imageA)
})
beforeEach(() => {
  stage.registry.manifest(imageA.manifest)
  stage.registry.attach(imageA.digest, [bundle('engineer')])
})
afterAll(async () => {
  await host.kill()
  await stage.stop()
  rmSync(built, { recursive: true })
})

/** The answer under a configuration, and the failed gate. */
async function attest(more: Partial<AttestorConfigFile> = {}) {
  await host.configure(stage.config({ cacheSeconds: 0, ...more }))
  const answer = await host.attest(workloadPid)
  return { answer, fell: await stage.fell(), record: await stage.decision() }
}

describe('a registry', () => {
  afterEach(() => {
    stage.registry.login = undefined
  })
  const dockerConfig = (content: object): string => {
    const file = join(stage.folder, 'config.json')
    writeFileSync(file, JSON.stringify(content))
    return file
  }
  const said = (record: Awaited<ReturnType<typeof attest>>['record']) =>
    record.gates.find(({ id }) => id === 'registry')

  it.each([
    ['a Docker configuration', (at: string) => ({ auths: { [at]: { username: 'me', password: 'se:cret' } } })],
    ['a credential helper', (at: string) => ({ credHelpers: { [at]: 'policy' } })],
  ])('that asks for a login is read with that of %s, and not without', async (_, content) => {
    stage.registry.login = 'me:se:cret'
    const helper = `[ "$(cat)" = "${stage.registry.host}" ] && echo '{"Username":"me","Secret":"se:cret"}'`
    writeFileSync(join(built, 'docker-credential-policy'), `#!/bin/sh\n${helper}\n`, { mode: 0o755 })
    const { answer, record } = await attest({ dockerConfig: dockerConfig(content(stage.registry.host)) })
    expect(answer).toContain(signedByEngineer)
    expect(JSON.stringify(record)).not.toContain('se:cret')
    const without = await attest()
    expect([without.answer, without.fell]).toEqual([
      expect.objectContaining({ code: status.UNAVAILABLE }),
      'registry could-not-check',
    ])
    expect(said(without.record)?.remedy).toContain('"dockerConfig"')
  })

  it('is read over plain http only if configured so', async () => {
    const before = stage.registry.requests.length
    const { answer, fell, record } = await attest({ registries: [{ host: stage.registry.host }] })
    expect([answer, fell]).toEqual([expect.objectContaining({ code: status.UNAVAILABLE }), 'registry could-not-check'])
    expect(said(record)).toMatchObject({
      found: expect.stringContaining('plain http, and no TLS'),
      remedy: expect.stringContaining('"plainHttp": true'),
    })
    expect(stage.registry.requests.length).toBe(before)
  })

  it('with a rate limit could not be checked, and the remedy says when to retry', async () => {
    stage.registry.answer(`manifests/${imageA.digest}`, (_, response) =>
      response
        .writeHead(429, { 'retry-after': '60' })
        .end('{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}'),
    )
    const { fell, record } = await attest()
    expect(fell).toBe('registry could-not-check')
    expect(said(record)).toMatchObject({
      found: expect.stringContaining('HTTP 429: You have reached your pull rate limit.'),
      remedy: expect.stringMatching(/^Wait 60 seconds, .*a login at .*asks it again\.$/),
    })
  })

  it('may have a CA of its own in a valid file, or the configuration is refused', async () => {
    const caFile = join(stage.folder, 'authority.pem')
    writeFileSync(caFile, 'no certificate')
    await expect(attest({ registries: [{ host: 'registry.example', caFile }] })).rejects.toMatchObject({
      details: expect.stringContaining(caFile),
    })
  })
})

it('a signature is accepted only by the cosign with the configured digest; another is not run', async () => {
  const path = join(stage.folder, 'cosign')
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
  expect((await attest({ cosign: { path, sha256 } })).answer).toContain(signedByEngineer)
  const other = sha256.replace(/^./, (first) => (first === '0' ? '1' : '0'))
  await expect(attest({ cosign: { path, sha256: other } })).rejects.toMatchObject({
    details: expect.stringContaining(other),
  })
})
