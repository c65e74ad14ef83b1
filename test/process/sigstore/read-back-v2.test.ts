import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { bundle, logFolder, trustedRoot } from '../../fixtures/sigstore-fixtures.ts'
import { endServer, factsOf, fallen, type Handler, otherAnswers, read, serve } from './rekor-over-http.ts'

afterEach(endServer)

describe('reading an entry back from a Rekor v2 over HTTP', () => {
  const entry = factsOf(bundle('engineer'))
  const files =
    (change: (path: string, bytes: Buffer) => Buffer | undefined = (_, bytes) => bytes): Handler =>
    (path, response) => {
      const file = join(logFolder, path.replace(/^\/api\/v2\//, ''))
      const bytes = path.startsWith('/api/v2/') && existsSync(file) ? change(path, readFileSync(file)) : undefined
      if (bytes === undefined) response.writeHead(404).end()
      else response.end(bytes)
    }
  const readFrom = async (handler: Handler, of = entry) =>
    read({ rekor: { url: await serve(handler), version: 2 }, trustedRoot, entry: of })

  it.each(['engineer', 'other-image', 'intern', 'other-predicate'] as const)(
    'finds the entry of %s by the same checks as in a folder',
    async (name) => {
      const back = await readFrom(files(), factsOf(bundle(name)))
      expect(fallen(back)).toEqual([])
      expect(back.checks.map(({ id }) => id)).toEqual(['log-checkpoint', 'log-entry', 'log-proof', 'log-history'])
      expect(back.found).toMatchObject({ origin: 'localhost', treeSize: '4', uuid: null, shard: null })
    },
  )

  it.each<readonly [string, Handler, readonly string[]]>([
    [
      'an entry that was changed',
      files((path, bytes) =>
        path.includes('entries') ? Buffer.from(bytes.toString('latin1').replace('0.0.2', '0.0.9'), 'latin1') : bytes,
      ),
      ['log-entry failed', 'log-proof failed'],
    ],
    [
      'a checkpoint that the log did not sign',
      files((path, bytes) =>
        path.endsWith('checkpoint') ? Buffer.from(bytes.toString().replace('localhost', 'elsewhere')) : bytes,
      ),
      ['log-checkpoint failed'],
    ],
    ['no tile', files((path, bytes) => (path.includes('tile/0') ? undefined : bytes)), ['log-proof could-not-check']],
    [
      'a tile that is too long',
      files((path, bytes) => (path.includes('tile/0') ? Buffer.alloc(9 * 1024) : bytes)),
      ['log-proof could-not-check'],
    ],
    [
      'a tile that is too short',
      files((path, bytes) => (path.includes('tile/0') ? bytes.subarray(0, 40) : bytes)),
      ['log-proof could-not-check'],
    ],
    ['no checkpoint but garbage', (_, response) => response.end('{}'), ['log-checkpoint could-not-check']],
  ])('notices %s', async (_, handler, expected) => {
    const back = await readFrom(handler)
    expect(fallen(back)).toEqual(expected)
    expect(back.checks.every(({ verdict, remedy }) => verdict === 'passed' || remedy !== undefined)).toBe(true)
  })

  it('requests the full tile if the partial one is gone', async () => {
    const asked: string[] = []
    const back = await readFrom((path, response, request) => {
      asked.push(path)
      files()(
        path === '/api/v2/tile/0/000'
          ? '/api/v2/tile/0/000.p/4'
          : path.includes('.p/4') && path.includes('tile/0')
            ? '/gone'
            : path,
        response,
        request,
      )
    })
    expect(fallen(back)).toEqual([])
    expect(asked).toContain('/api/v2/tile/0/000')
  })

  it('waits for a log whose newest checkpoint is older than the entry', async () => {
    const back = await readFrom(files(), { ...entry, proofIndex: '9' })
    expect(fallen(back)).toEqual(['log-proof could-not-check'])
    expect(back.checks[0]?.remedy).toContain('needs a moment')
  })

  it.each([404, 501])('leaves a server that serves no tiles not checked, and says why (HTTP %i)', async (status) => {
    const back = await readFrom((_, response) => response.writeHead(status).end())
    expect(back).toMatchObject({ found: null, checks: [{ id: 'log-checkpoint', verdict: 'not-checked' }] })
    expect(back.checks[0]?.found).toContain(`HTTP ${status}`)
  })

  it.each(otherAnswers)('reports that it could not be reached: %s', async (_, found, handler) => {
    const back = await readFrom(handler)
    expect(back.checks).toMatchObject([{ id: 'log-checkpoint', verdict: 'could-not-check' }])
    expect(back.checks[0]?.found).toMatch(found)
  })
})
