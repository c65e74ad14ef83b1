import { describe, expect, it } from 'vitest'
import { acts } from '../../renderer/acts/table.ts'
import { actsOf } from '../../renderer/state/acts.ts'
import type { ByteDocument } from '../../src/core/domain/bytes/documents.ts'
import type { ByteRange } from '../../src/core/domain/bytes/range.ts'
import { createMasker } from '../../src/core/domain/camera-mask/masker.ts'
import { scenarioIds } from '../../src/core/workflow/scenarios.ts'
import { leaksIn } from './leaks.ts'
import { recorded } from './recorded.ts'

const masker = createMasker(['talk-box'])

/** All that depth bytes shows of a document. */
function textsOf({ title, says, bytes, ranges }: ByteDocument): readonly string[] {
  const inside = ({ label, value, parts }: ByteRange): readonly string[] => [
    label,
    value ?? '',
    ...parts.flatMap(inside),
  ]
  return [Buffer.from(bytes).toString('latin1'), title, says, ...inside(ranges)]
}

describe.each([...scenarioIds, 'ci', 'one-leaf'])('the documents of %s', (name) => {
  const run = recorded(name)
  const documents = actsOf(run).flatMap(({ id }) => acts[id].views.bytes(run).map((document) => ({ id, document })))

  it('show a camera nothing that is masked', () => {
    const found = documents.flatMap(({ id, document }) => {
      const [, ...words] = textsOf(document)
      const shown = [Buffer.from(masker.bytes(document.bytes)).toString('latin1'), ...words.map(masker.text)]
      return leaksIn(shown).map((value) => `${id} ${document.title}: ${value}`)
    })
    expect(found).toEqual([])
  })

  it('have it, where nothing is masked', () => {
    expect(documents.length).toBeGreaterThan(10)
    expect(documents.flatMap(({ document }) => leaksIn(textsOf(document)))).not.toEqual([])
  })
})
