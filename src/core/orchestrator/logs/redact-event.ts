import type { Redactor } from '../../process/redactor.ts'

/**
 * The parts of an event that are written for people, and may repeat whatever a registry, an engine or a tool said.
 * Everything else is a name, an identifier or a document: state is computed from it, so a password that is an ordinary
 * word must not change it.
 */
const forPeople = new Set([
  'argv',
  'command',
  'expected',
  'found',
  'label',
  'lastLines',
  'message',
  'reason',
  'remedy',
  'skip',
  'text',
  'what',
])

/** The event, or a part of it, without secrets. */
export function redacted(value: unknown, redactor: Redactor, key = ''): unknown {
  if (typeof value === 'string') return forPeople.has(key) ? redactor.clean(value) : redactor.cleanName(value)
  // An entry of a list is treated like the list's field.
  if (Array.isArray(value)) return value.map((each) => redacted(each, redactor, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, redacted(each, redactor, name)]))
}
