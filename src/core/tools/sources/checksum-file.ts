import { err, ok, type Result } from '../../domain/result.ts'

/**
 * The SHA-256 of `name` in a checksum file: lines as sha256sum prints them, or a file with one hash and nothing else.
 * Returns why not when there is none, or two that differ.
 */
export function checksumOf(text: string, name: string): Result<string, string> {
  const alone = /^\s*([0-9a-fA-F]{64})[\s\0]*$/.exec(text)?.[1]
  if (alone !== undefined) return ok(alone.toLowerCase())
  const found = new Set<string>()
  for (const line of text.split('\n')) {
    const match = /^([0-9a-fA-F]{64}) [ *](?:\.\/)?(\S+)\s*$/.exec(line)
    if (match?.[1] !== undefined && match[2] === name) found.add(match[1].toLowerCase())
  }
  const [first, ...more] = [...found]
  if (first === undefined) return err(`the checksum file has no line for ${name}`)
  if (more.length > 0) return err(`the checksum file has different lines for ${name}`)
  return ok(first)
}
