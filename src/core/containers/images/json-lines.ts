import { parseJson } from '../../domain/json.ts'

/** The longest line that is kept; an engine's messages are far shorter. */
const maxLine = 1024 * 1024

/** Yields each JSON value of a stream of JSON lines. A line that is not JSON, or too long, is left out. */
export async function* jsonLines(source: AsyncIterable<unknown>): AsyncGenerator {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of source) {
    rest +=
      typeof chunk === 'string' ? chunk : chunk instanceof Uint8Array ? decoder.decode(chunk, { stream: true }) : ''
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield* parsed(line)
    if (rest.length > maxLine) rest = ''
  }
  yield* parsed(rest)
}

function* parsed(line: string): Generator {
  if (line.trim() === '') return
  const value = parseJson(line)
  // Other text is not an error here: the stream's end and its other messages report the result.
  if (value !== undefined) yield value
}
