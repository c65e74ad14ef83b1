/** What has just become true, and one sentence on why it matters. */
export interface Headline {
  readonly headline: string
  readonly why: string
}

/** A title inside a sentence: its first letter in lower case. */
export const lower = (title: string): string => `${title.charAt(0).toLowerCase()}${title.slice(1)}`
