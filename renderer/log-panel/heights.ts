const blockRows = 256

/** Where rows begin; all have the same height except those that were measured otherwise. */
export class RowHeights {
  readonly #usual: number
  /** By how much rows are higher than usual; most are not. */
  readonly #extra = new Map<number, number>()
  /** The sums of that, by blocks of rows. */
  readonly #blocks = new Map<number, number>()

  /** `usual` is a row's height in pixels, more than 0. */
  constructor(usual: number) {
    this.#usual = usual
  }

  /** Stores a measured height; returns whether it changed. */
  set(row: number, height: number): boolean {
    const extra = height - this.#usual
    const before = this.#extra.get(row) ?? 0
    if (extra === before) return false
    const block = Math.floor(row / blockRows)
    this.#extra.set(row, extra)
    this.#blocks.set(block, (this.#blocks.get(block) ?? 0) + extra - before)
    return true
  }

  height = (row: number): number => this.#usual + (this.#extra.get(row) ?? 0)

  /** Where a row begins; of the row after the last one, how high all are. */
  top(row: number): number {
    let top = row * this.#usual
    const block = Math.floor(row / blockRows)
    for (const [each, extra] of this.#blocks) if (each < block) top += extra
    if (this.#blocks.has(block))
      for (let each = block * blockRows; each < row; each += 1) top += this.#extra.get(each) ?? 0
    return top
  }

  /** The row at this height. */
  rowAt(y: number): number {
    if (this.#extra.size === 0) return Math.max(0, Math.floor(y / this.#usual))
    let [low, high] = [0, Math.max(0, Math.floor(y / this.#usual))]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.top(middle) <= y) low = middle
      else high = middle - 1
    }
    return low
  }
}
