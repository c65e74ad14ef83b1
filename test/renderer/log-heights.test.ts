import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RowHeights } from '../../renderer/log-panel/heights.ts'

it('knows where each row begins and which row is where, whatever was measured', () => {
  const measured = fc.array(fc.tuple(fc.nat(2_000), fc.integer({ min: 20, max: 400 })), { maxLength: 60 })
  fc.assert(
    fc.property(measured, fc.nat(2_000), (sizes, row) => {
      const heights = new RowHeights(20)
      const plain = new Map<number, number>()
      for (const [at, height] of sizes) {
        expect(heights.set(at, height)).toBe((plain.get(at) ?? 20) !== height)
        plain.set(at, height)
      }
      let top = 0
      for (let each = 0; each < row; each += 1) top += plain.get(each) ?? 20
      expect(heights.top(row)).toBe(top)
      expect(heights.rowAt(top)).toBe(row)
      expect(heights.rowAt(top + heights.height(row) - 1)).toBe(row)
    }),
  )
})
