// Runs dependency-cruiser and refuses its blessing when it read fewer files than there are: without a parser for
// TypeScript it reads none and is content.
import { readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cruise } from 'dependency-cruiser'
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
process.chdir(root)
const options = await extractOptions('./.dependency-cruiser.cjs')
const { output } = await cruise(['src', 'test'], options)
const failures = output.summary.violations.filter((violation) => violation.rule.severity === 'error')
for (const { rule, from, to } of failures) console.error(`${rule.name}: ${from} -> ${to}`)

const read = new Set(output.modules.map((module) => module.source))
const sources = ['src', 'test'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
    .map((entry) => relative(root, join(root, entry.parentPath ?? entry.path, entry.name))),
)
const unread = sources.filter((file) => !read.has(file))
for (const file of unread) console.error(`not read: ${file}`)
console.log(`imports: ${sources.length - unread.length} of ${sources.length} files read, ${failures.length} violations`)
process.exitCode = failures.length > 0 || unread.length > 0 || sources.length === 0 ? 1 : 0
