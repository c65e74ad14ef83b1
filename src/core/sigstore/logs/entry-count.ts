/** `1 entry`, `2 entries`: the size of a tree in words. */
export const entryCount = (size: bigint | number | string): string =>
  `${size} ${String(size) === '1' ? 'entry' : 'entries'}`

/** `the first entry has`, `the first 7 entries have`. */
export const firstEntriesHave = (size: bigint | number | string): string =>
  String(size) === '1' ? 'the first entry has' : `the first ${entryCount(size)} have`
