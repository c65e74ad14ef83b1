import { answers } from '../../src/core/workflow/prediction.ts'

/** A digit is a vote, Backspace takes the last one back. */
export const keysOfVotes = (vote: (answer: number | null) => void): Readonly<Record<string, () => void>> => ({
  ...Object.fromEntries(answers.map(({ key }) => [String(key), () => vote(key)])),
  Backspace: () => vote(null),
})
