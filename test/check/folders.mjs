// Finds code folders with too many files side by side (CONTRIBUTING.md, "Where things go").
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const limit = 16
const root = process.argv[2] ?? process.cwd()
const files = ['src', 'electron', 'renderer'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
)
const counts = new Map()
for (const { parentPath } of files) counts.set(parentPath, (counts.get(parentPath) ?? 0) + 1)
const full = [...counts].filter(([, count]) => count > limit)
for (const [folder, count] of full) {
  console.error(`${folder.slice(root.length + 1)}: ${count} files side by side, at most ${limit}`)
}
console.log(`folders: ${full.length} with more than ${limit} files`)
process.exitCode = full.length > 0 ? 1 : 0
