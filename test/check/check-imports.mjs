// Runs dependency-cruiser and rejects its result when it read fewer files than exist: without a parser for TypeScript
// it reads none and succeeds.
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'

// It reads every file as TypeScript without JSX; the parser is configured before it is loaded.
const swc = createRequire(import.meta.url)('@swc/core')
const { parseFileSync } = swc
swc.parseFileSync = (file, options) => parseFileSync(file, { ...options, tsx: file.endsWith('.tsx') })
const { cruise } = await import('dependency-cruiser')

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
process.chdir(root)
const options = await extractOptions('./.dependency-cruiser.cjs')
const folders = ['src', 'electron', 'renderer', 'test']
const { output } = await cruise(folders, options)
const failures = output.summary.violations.filter((violation) => violation.rule.severity === 'error')
for (const { rule, from, to } of failures) console.error(`${rule.name}: ${from} -> ${to}`)

const read = new Set(output.modules.map((module) => module.source))
const sources = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map((entry) => relative(root, join(root, entry.parentPath ?? entry.path, entry.name))),
)
const unread = sources.filter((file) => !read.has(file))
for (const file of unread) console.error(`not read: ${file}`)
console.log(`imports: ${sources.length - unread.length} of ${sources.length} files read, ${failures.length} violations`)
process.exitCode = failures.length > 0 || unread.length > 0 || sources.length === 0 ? 1 : 0
