import { describe, expect, it } from 'vitest'
import { findTrustedLog } from '../../../src/core/domain/certificates/trust.ts'
import { parseCheckpoint } from '../../../src/core/domain/log/log-entry.ts'
import { entriesOf, entriesPath, fullPath, tilePath } from '../../../src/core/domain/log/tile.ts'
import { trustedRoot } from '../../fixtures/sigstore-fixtures.ts'

const root = Buffer.alloc(32, 7).toString('base64')
const signature = Buffer.from('hintsignature').toString('base64')

describe('checkpoints', () => {
  it('gives origin, size, root and signatures, and the text that is signed', () => {
    const parsed = parseCheckpoint(`log.test\n12\n${root}\nextra\n\n\u2014 log.test ${signature}\n`)
    expect(parsed.ok && parsed.value).toMatchObject({
      origin: 'log.test',
      treeSize: '12',
      rootHash: '07'.repeat(32),
      signedText: `log.test\n12\n${root}\nextra\n`,
      signatures: [{ name: 'log.test', keyHint: Buffer.from('hint').toString('hex') }],
    })
  })

  it.each([
    ['no text', ''],
    ['no signature', `log.test\n12\n${root}\n\n`],
    ['no origin', `\n12\n${root}\n\n\u2014 a ${signature}\n`],
    ['a size that is none', `log.test\n1e3\n${root}\n\n\u2014 a ${signature}\n`],
    ['a root of another length', `log.test\n12\nAAAA\n\n\u2014 a ${signature}\n`],
    ['a line that is no signature', `log.test\n12\n${root}\n\n- a ${signature}\n`],
  ])('refuses %s', (_, text) => {
    const parsed = parseCheckpoint(text)
    expect(parsed.ok ? '' : parsed.error.code).toBe('sigstore.checkpoint-invalid')
  })
})

describe('tiles', () => {
  it('names full and partial tiles as the specification does', () => {
    expect(tilePath(0, 0n, 4n)).toBe('tile/0/000.p/4')
    expect(tilePath(0, 0n, 256n)).toBe('tile/0/000')
    expect(tilePath(0, 1n, 300n)).toBe('tile/0/001.p/44')
    expect(tilePath(1, 0n, 70_000n)).toBe('tile/1/000')
    expect(tilePath(1, 1n, 70_000n)).toBe('tile/1/001.p/17')
    expect(tilePath(0, 1_234_067n, 10n ** 12n)).toBe('tile/0/x001/x234/067')
    expect(entriesPath(599n, 600n)).toBe('tile/entries/002.p/88')
    expect(entriesPath(0n, 600n)).toBe('tile/entries/000')
    expect(fullPath('tile/0/001.p/44')).toBe('tile/0/001')
  })

  it('parses a bundle of entries, and refuses a truncated one', () => {
    const bytes = Buffer.concat([Buffer.from([0, 2]), Buffer.from('ab'), Buffer.from([0, 0]), Buffer.from([0, 1, 99])])
    expect(entriesOf(bytes)?.map((entry) => Buffer.from(entry).toString())).toEqual(['ab', '', 'c'])
    expect(entriesOf(bytes.subarray(0, -1))).toBeUndefined()
    expect(entriesOf(bytes.subarray(0, 5))).toBeUndefined()
  })
})

describe('trusted root', () => {
  it('finds a log by its id', () => {
    const id = '33191423580e948495e4424e87d1170e2b10eed5e778fe0e90aa2ecdf0a23345'
    const log = findTrustedLog(trustedRoot, id)
    expect(log.ok && log.value.baseUrl).toBe('http://localhost:15565')
  })

  it('distinguishes an unknown log from an unreadable file', () => {
    const codes = [findTrustedLog(trustedRoot, '00'), findTrustedLog('garbage', '00')].map((r) => !r.ok && r.error.code)
    expect(codes).toEqual(['sigstore.log-unknown', 'sigstore.trusted-root'])
  })
})
