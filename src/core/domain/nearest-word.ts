/** The word that was probably meant, or undefined when none is near: at most a third of its letters differ. */
export function nearestWord(meant: string, words: readonly string[]): string | undefined {
  const [nearest] = words
    .map((word) => ({ word, distance: distance(meant.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, distance }) => distance <= Math.max(2, Math.floor(word.length / 3)))
    .sort((a, b) => a.distance - b.distance)
  return nearest?.word
}

/** The edit distance (Levenshtein). Long words are cut: they are never near. */
function distance(a: string, b: string): number {
  const from = Array.from(a.slice(0, 64))
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of from.entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const changed = (row[j] ?? 0) + (b[j] === letter ? 0 : 1)
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
