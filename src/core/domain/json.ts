/** Parses JSON; `undefined`, which no JSON text stands for, when the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a parsed value is an object with keys: neither null nor a list. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A text without the byte order mark that editors on Windows put at its beginning. For files that people edit. */
export const withoutMark = (text: string): string => text.replace(/^\uFEFF/, '')
