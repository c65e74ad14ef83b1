import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { logEntryReport } from '../../../renderer/acts/log-entry/facts.ts'
import { readBundleFacts } from '../../../src/core/domain/bundle/bundle.ts'
import { checkPromise } from '../../../src/core/domain/log/log-promise.ts'
import { bundle, trustedRoot } from '../../fixtures/sigstore-fixtures.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const spki = publicKey.export({ type: 'spki', format: 'der' })
const entry = { body: '{"kind":"hashedrekord"}', logId: 'c0'.repeat(32), logIndex: '7' }

/** As Rekor v1 signs: its keys in order, without white space. */
const promised = (of: typeof entry, integratedTime: number): Uint8Array =>
  sign(
    'sha256',
    Buffer.from(
      `{"body":"${Buffer.from(of.body).toString('base64')}","integratedTime":${integratedTime},"logID":"${of.logId}","logIndex":${of.logIndex}}`,
    ),
    privateKey,
  )

describe('a log’s signed entry timestamp', () => {
  const promise = { integratedTime: 1_700_000_000, signature: promised(entry, 1_700_000_000) }

  it('is valid for the very entry that it was made for', () => {
    expect(checkPromise(promise, entry, spki)).toBe('passed')
  })

  it.each([
    ['another index', { ...entry, logIndex: '8' }],
    ['another body', { ...entry, body: '{}' }],
    ['another log', { ...entry, logId: 'c1'.repeat(32) }],
  ])('is not good for %s', (_, other) => {
    expect(checkPromise(promise, other, spki)).toBe('failed')
  })

  it('is not valid for another time, nor by another key, nor as garbage', () => {
    expect(checkPromise({ ...promise, integratedTime: 1_700_000_001 }, entry, spki)).toBe('failed')
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' })
    expect(checkPromise(promise, entry, other)).toBe('failed')
    expect(checkPromise({ ...promise, signature: new Uint8Array(70) }, entry, spki)).toBe('failed')
  })
})

describe('the page of an entry with a signed entry timestamp', () => {
  /** The recorded signature as Rekor v1 would have logged it, and a root that names this log's key. */
  const withPromise = (integratedTime: number) => {
    const facts = readBundleFacts(bundle('engineer'))
    if (!facts.ok) throw new Error(facts.error.what)
    const { canonicalizedBody: body, logId, logIndex } = facts.value.logEntry
    const json = JSON.parse(bundle('engineer'))
    const [logged] = json.verificationMaterial.tlogEntries
    logged.integratedTime = '1700000000'
    logged.inclusionPromise = {
      signedEntryTimestamp: Buffer.from(promised({ body, logId, logIndex }, integratedTime)).toString('base64'),
    }
    const root = JSON.parse(trustedRoot)
    root.tlogs[0].publicKey.rawBytes = spki.toString('base64')
    return logEntryReport(JSON.stringify(json), JSON.stringify(root), null)
  }
  const promiseRow = (integratedTime: number) => {
    const report = withPromise(integratedTime)
    return report.ok ? report.value.checks.find(({ id }) => id === 'promise') : report
  }

  it('says when the log added it, once its signature is verified', () => {
    expect(promiseRow(1_700_000_000)).toMatchObject({ verdict: 'passed', found: 'signed 2023-11-14T22:13:20Z' })
  })

  it('says that it is not the log\u2019s', () => {
    expect(promiseRow(1_600_000_000)).toMatchObject({ verdict: 'failed', found: 'by another key' })
  })

  it('has no such row if the log makes none', () => {
    const report = logEntryReport(bundle('engineer'), trustedRoot, null)
    expect(report.ok && report.value.checks.some(({ id }) => id === 'promise')).toBe(false)
  })

  it('refuses a time that Date cannot represent', () => {
    const json = JSON.parse(bundle('engineer'))
    json.verificationMaterial.tlogEntries[0].integratedTime = '999999999999999999'
    expect(readBundleFacts(JSON.stringify(json))).toMatchObject({ ok: false })
  })
})
