import { afterEach, describe, expect, it } from 'vitest'
import type { LogEntryFacts } from '../../../src/core/domain/log/log-entry.ts'
import { entryUuid } from '../../../src/core/domain/log/rekor-v1.ts'
import { readBackOverHttp } from '../../../src/core/sigstore/logs/read-back.ts'
import { publicTrustedRoot } from '../../../src/core/sigstore/trust/public-root.ts'
import { OwnRekorV1 } from '../../fixtures/own-rekor-v1.ts'
import { publicDsseBundle, publicLogInfo } from '../../fixtures/public-fixtures.ts'
import { flipBit } from '../../fixtures/sigstore-fixtures.ts'
import { endServer, factsOf, fallen, type Handler, json, otherAnswers, read, serve } from './rekor-over-http.ts'

afterEach(endServer)

describe('reading an entry back from a Rekor v1', () => {
  const log = new OwnRekorV1([5, 9, 13])
  const rekor = (url: string) => ({ url, version: 1 as const })
  const answers =
    (change: (path: string, answer: unknown) => unknown = (_, answer) => answer): Handler =>
    (path, response) => {
      const answer = change(path, structuredClone(log.answer(path)))
      if (answer === undefined) json(response, 404, { code: 404, message: 'entry not found' })
      else json(response, 200, answer)
    }
  const readFrom = async (entry: LogEntryFacts, handler: Handler) =>
    read({ rekor: rekor(await serve(handler)), trustedRoot: log.trustedRoot(), entry })

  it.each([
    ['the active shard, which has grown', 2, 6, 7],
    ['the active shard at a power of two', 2, 1, 8],
    ['the active shard with one entry then', 2, 0, 1],
    ['an older shard, as it was when it was closed', 1, 8, 9],
    ['the oldest shard', 0, 2, 4],
  ])('finds it in %s, and returns index, shard and number', async (_, shard, index, size) => {
    const entry = log.facts(shard, index, size)
    const back = await readFrom(entry, answers())
    expect(fallen(back)).toEqual([])
    expect(back.checks.map(({ id }) => id)).toEqual([
      'log-checkpoint',
      'log-entry',
      'log-index',
      'log-promise',
      'log-proof',
      'log-history',
      'log-shard',
    ])
    const begins = [0, 5, 14][shard] ?? -1
    expect(back.found).toMatchObject({
      uuid: log.uuid(shard, index),
      leafHash: entry.leafHash,
      treeSize: String([5, 9, 13][shard]),
      shard: { treeId: String(shard + 1), begins: String(begins) },
    })
    expect(back.checks.at(-1)?.found).toBe(`entry ${begins + index} of the log, number ${index} in shard ${shard + 1}`)
  })

  interface Answered {
    body: string
    integratedTime: number
    logID: string
    logIndex: number
    verification: {
      inclusionProof: { checkpoint: string; hashes: string[]; logIndex: number }
      signedEntryTimestamp: string
    }
  }
  const entryOf = (answer: unknown): Answered => Object.values(answer as Record<string, Answered>)[0]!
  const changedEntry = (change: (entry: Answered) => void) => (path: string, answer: unknown) => {
    if (path.includes('/entries')) change(entryOf(answer))
    return answer
  }

  it.each<readonly [string, (path: string, answer: unknown) => unknown, readonly string[]]>([
    [
      'another entry',
      changedEntry((entry) => (entry.body = Buffer.from('{}').toString('base64'))),
      ['log-entry failed', 'log-promise failed', 'log-proof failed'],
    ],
    [
      'its entry under another name',
      (path, answer) => (path.includes('/entries/') ? { [log.uuid(2, 5)]: entryOf(answer) } : answer),
      ['log-entry failed'],
    ],
    [
      'its entry in another tree',
      (path, answer) =>
        path.includes('/entries/') ? { [`00000000000000ff${log.uuid(2, 6).slice(16)}`]: entryOf(answer) } : answer,
      ['log-checkpoint failed'],
    ],
    [
      'another entry by the index',
      (path, answer) => (path.includes('?logIndex') ? log.answer('/api/v1/log/entries?logIndex=3') : answer),
      ['log-index failed'],
    ],
    ['another index', changedEntry((entry) => (entry.logIndex += 1)), ['log-index failed', 'log-promise failed']],
    ['another time', changedEntry((entry) => (entry.integratedTime += 1)), ['log-promise failed']],
    ['another log', changedEntry((entry) => (entry.logID = '00'.repeat(32))), ['log-promise failed']],
    [
      'a promise of somebody else',
      changedEntry(
        ({ verification }) => (verification.signedEntryTimestamp = flipBit(verification.signedEntryTimestamp)),
      ),
      ['log-promise failed'],
    ],
    [
      'another number in the shard',
      changedEntry(({ verification }) => (verification.inclusionProof.logIndex = 5)),
      ['log-proof failed'],
    ],
    [
      'another hash in the proof',
      changedEntry(({ verification }) => (verification.inclusionProof.hashes[1] = 'ab'.repeat(32))),
      ['log-proof failed'],
    ],
    [
      'a checkpoint of another key',
      changedEntry(
        ({ verification }) => (verification.inclusionProof.checkpoint = new OwnRekorV1([5, 9, 13]).checkpoint(2)),
      ),
      ['log-checkpoint failed'],
    ],
    [
      'an older checkpoint',
      changedEntry(({ verification }) => (verification.inclusionProof.checkpoint = log.checkpoint(2, 6))),
      ['log-proof failed', 'log-history could-not-check'],
    ],
    [
      'a checkpoint of another shard',
      changedEntry(({ verification }) => (verification.inclusionProof.checkpoint = log.checkpoint(1))),
      ['log-checkpoint failed', 'log-proof failed', 'log-history failed'],
    ],
    [
      'a consistency proof of something else',
      (path, answer) => (path.includes('/proof?') ? { hashes: ['ab'.repeat(32)] } : answer),
      ['log-history failed'],
    ],
    [
      'an older shard of another size, which nobody signed',
      (path, answer) => {
        if (path === '/api/v1/log')
          (answer as { inactiveShards: { treeSize: number }[] }).inactiveShards[0]!.treeSize = 6
        return answer
      },
      ['log-shard could-not-check'],
    ],
    [
      'shards without one of them',
      (path, answer) => {
        if (path === '/api/v1/log') (answer as { inactiveShards: unknown[] }).inactiveShards.shift()
        return answer
      },
      ['log-shard failed'],
    ],
    [
      'no shard of this tree',
      (path, answer) => (path === '/api/v1/log' ? new OwnRekorV1([3], undefined).answer(path) : answer),
      ['log-shard failed'],
    ],
    ['no such index', (path, answer) => (path.includes('?logIndex') ? undefined : answer), ['log-index not-present']],
    ['no such entry', () => undefined, ['log-entry not-present']],
    [
      'a wrong type',
      changedEntry((entry) => ((entry as { logIndex: unknown }).logIndex = '20')),
      ['log-entry could-not-check'],
    ],
    [
      'two entries',
      (path, answer) =>
        path.includes('/entries/') ? { ...(answer as object), [log.uuid(0, 0)]: entryOf(answer) } : answer,
      ['log-entry could-not-check'],
    ],
    ['an entry without a name', (_, answer) => ({ ['x'.repeat(80)]: entryOf(answer) }), ['log-entry could-not-check']],
    ['no object', () => [], ['log-entry could-not-check']],
    [
      'no checkpoint',
      changedEntry(({ verification }) => (verification.inclusionProof.checkpoint = 'none')),
      ['log-checkpoint could-not-check'],
    ],
  ])('notices %s', async (_, change, expected) => {
    const back = await readFrom(log.facts(2, 6, 7), answers(change))
    expect(fallen(back)).toEqual(expected)
    expect(back.checks.every(({ verdict, remedy }) => verdict === 'passed' || remedy !== undefined)).toBe(true)
  })

  it('notices that the bundle saw another tree', async () => {
    const entry = { ...log.facts(2, 6, 7), rootHash: '00'.repeat(32) }
    expect(fallen(await readFrom(entry, answers()))).toEqual(['log-history failed'])
    const closed = { ...log.facts(1, 6, 9), rootHash: '00'.repeat(32) }
    expect(fallen(await readFrom(closed, answers()))).toEqual(['log-history failed'])
  })

  it('leaves unchecked what a Rekor has switched off', async () => {
    const back = await readFrom(log.facts(2, 6, 7), (path, response) => {
      if (path === '/api/v1/log' || path.includes('/proof'))
        json(response, 501, { code: 501, message: 'Get Log Info API not enabled in this Rekor instance' })
      else json(response, 200, log.answer(path))
    })
    expect(fallen(back)).toEqual(['log-history not-checked', 'log-shard not-checked'])
    expect(back.found?.shard).toBeNull()
  })

  it.each(otherAnswers)('reports that it could not be reached: %s', async (_, found, handler) => {
    const back = await readFrom(log.facts(2, 6, 7), handler)
    expect(back.found).toBeNull()
    expect(back.checks).toMatchObject([{ id: 'log-entry', verdict: 'could-not-check', remedy: expect.any(String) }])
    expect(back.checks[0]?.found).toMatch(found)
  })

  it('ends when it is cancelled', async () => {
    const abort = new AbortController()
    const url = await serve(() => abort.abort())
    const back = await read(
      { rekor: rekor(url), trustedRoot: log.trustedRoot(), entry: log.facts(2, 6, 7) },
      abort.signal,
    )
    expect(fallen(back)).toEqual(['log-entry could-not-check'])
  })

  it('is an error if the trusted root does not name the log', async () => {
    const entry = log.facts(2, 6, 7)
    const back = await readBackOverHttp({
      rekor: rekor('http://localhost:1'),
      trustedRoot: new OwnRekorV1([1]).trustedRoot(),
      entry,
      signal: new AbortController().signal,
    })
    expect(back).toMatchObject({ ok: false, error: { code: 'sigstore.log-unknown' } })
  })

  it('finds a real entry of the public log, in responses made from its bundle', async () => {
    const entry = factsOf(publicDsseBundle)
    const [bundled] = JSON.parse(publicDsseBundle).verificationMaterial.tlogEntries
    const hexOf = (base64: string): string => Buffer.from(base64, 'base64').toString('hex')
    const answered = {
      [entryUuid(entry)]: {
        body: bundled.canonicalizedBody,
        integratedTime: Number(bundled.integratedTime),
        logID: entry.logId,
        logIndex: Number(bundled.logIndex),
        verification: {
          inclusionProof: {
            checkpoint: bundled.inclusionProof.checkpoint.envelope,
            hashes: bundled.inclusionProof.hashes.map(hexOf),
            logIndex: Number(bundled.inclusionProof.logIndex),
            rootHash: hexOf(bundled.inclusionProof.rootHash),
            treeSize: Number(bundled.inclusionProof.treeSize),
          },
          signedEntryTimestamp: bundled.inclusionPromise.signedEntryTimestamp,
        },
      },
    }
    const url = await serve((path, response) => {
      json(response, 200, path === '/api/v1/log' ? JSON.parse(publicLogInfo) : answered)
    })
    const back = await read({ rekor: rekor(url), trustedRoot: publicTrustedRoot(), entry })
    expect(fallen(back)).toEqual([])
    expect(back.checks.at(-1)?.found).toBe('entry 155690850 of the log, number 33786588 in shard 1193050959916656506')
  })
})
