// Finds words of the old dialect (CONTRIBUTING.md, "Words") in what users and operators read: strings and JSX text of the
// program, and the documentation. Comments and tests are not read.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from '@swc/core'

/** The words to avoid, and the words to use instead. */
const words = [
  [/\bbelie(f|ve[ds]?|ving)\b/i, 'trust, accept'],
  [/\bvouch(e[ds]?|ing)?\b/i, 'issued by'],
  [/\bcontrol groups?\b/i, 'cgroup'],
  [/\bname spaces?\b/i, 'namespace'],
  [/\btime stamps?\b/i, 'timestamp'],
  [/\brun-times?\b/i, 'runtime'],
  [/\bset-ups?\b/i, 'setup'],
  [/\banew\b/i, 'again, restarted'],
  [/\b(is|are|was|were|be|been) told\b|\btold (of|with|that|by)\b/i, 'reported, logged'],
  [/\basked anew\b/i, 'queried again'],
  [/\btells?\b/i, 'reports, says, shows'],
  [/\b(goes|go) on already\b|\bruns? already\b/i, 'is already running, has already been resumed'],
  [/\bcertificate logs?\b/i, 'CT log'],
  [/\bnobody\b/i, 'no one, or say who or what'],
  [/\bsomebody\b/i, 'someone, or say who'],
  [/\beverybody\b/i, 'everyone'],
  [/\banybody\b/i, 'anyone'],
  [/\bwhoever\b/i, 'the one who, any client that'],
  [/\bmend(s|ed|ing)?\b/i, 'fix'],
  [/\bfell\b/i, 'failed, was denied'],
  [/\bremember(s|ed)?\b/i, 'cached, kept'],
  [/\bleftovers?\b/i, 'stale state, orphaned processes'],
  [/\bstands? up to\b/i, 'passes'],
  [/\bwhole or not at all\b/i, 'atomically'],
]

const root = process.argv[2] ?? process.cwd()
const failures = [...codeFiles(), ...docFiles()].flatMap(({ file, lines }) =>
  lines.flatMap(({ line, text }) =>
    words
      .filter(([word]) => word.test(text))
      .map(
        ([word, better]) =>
          `${file}:${line}: "${word.exec(text)?.[0]}" in ${JSON.stringify(text.trim().slice(0, 90))}; write: ${better}`,
      ),
  ),
)
for (const failure of failures) console.error(failure)
console.log(`words: ${failures.length} of the old dialect`)
process.exitCode = failures.length > 0 ? 1 : 0

function codeFiles() {
  return ['src', 'electron', 'renderer'].flatMap((folder) =>
    filesBelow(folder)
      .filter((file) => /\.(tsx?|cjs|mjs)$/.test(file))
      .map((file) => ({ file, lines: stringsIn(file) })),
  )
}

function docFiles() {
  const docs = filesBelow('docs').filter((file) => file.endsWith('.md'))
  return ['README.md', 'CONTRIBUTING.md', ...docs].map((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n')
    return { file, lines: lines.map((text, at) => ({ line: at + 1, text: withoutCode(text) })) }
  })
}

/** Names of files, options and fields keep their spelling. */
function withoutCode(text) {
  return text.replace(/`[^`]*`/g, '').replace(/\]\([^)]*\)/g, ']')
}

function filesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .toSorted()
}

/** Texts that a person may read: strings with a space in them or a capital letter first, pieces of templates, JSX text. */
function stringsIn(file) {
  const code = readFileSync(join(root, file), 'utf8').replace(/^#!.*/, '')
  // Positions count from the first token, so that has to be the first byte.
  const bytes = Buffer.from(`0;${code}`)
  const program = parseSync(bytes.toString(), { syntax: 'typescript', tsx: file.endsWith('x') })
  const found = []
  const visit = (node) => {
    if (node === null || typeof node !== 'object') return
    const text = textOf(node)
    if (text !== undefined) {
      const line = bytes
        .subarray(0, node.span.start - program.span.start)
        .toString()
        .split('\n').length
      found.push({ line, text })
    }
    for (const each of Object.values(node)) visit(each)
  }
  visit(program.body)
  return found
}

function textOf({ type, value, raw }) {
  if (type === 'JSXText') return value
  if (type === 'TemplateElement') return raw
  return type === 'StringLiteral' && /\s|^[A-Z]/.test(value.trim()) ? value : undefined
}
