import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lineFile } from '../../../src/core/process/line-file.ts'

it('a line of an API is appended cleaned, as one line, for its owner only', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'lines-')), 'a', 'build.log')
  const write = lineFile(file, (text) => text.replace('s3cret', '[redacted]'))
  write('Step 1/6 : \u001b[31mFROM\u001b[0m scratch')
  write('with s3cret\r\nand a second line')
  expect(readFileSync(file, 'utf8')).toBe(
    'Step 1/6 : \u001b[31mFROM\u001b[0m scratch\nwith [redacted] and a second line\n',
  )
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

it('an unwritable place costs the lines and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lines-'))
  expect(() => lineFile(folder, (text) => text)('lost')).not.toThrow()
})
