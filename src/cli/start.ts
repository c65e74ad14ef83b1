import { runStory } from './story/story.ts'
import { hasDisplay, runWindow } from './window/window.ts'

/** `npm start`: the window where there is a display; elsewhere, and with words for the story, the terminal. */
export const runStart = (args: readonly string[]): Promise<number> =>
  args.length === 0 && hasDisplay(process.env) ? runWindow(args) : runStory(args)
