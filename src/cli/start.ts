import { runStory } from './story/story.ts'
import { hasDisplay, runWindow } from './window/window.ts'

/** `npm start`: the window where there is a display and one can be had; else, and with words for it, the terminal. */
export const runStart = (args: readonly string[]): Promise<number> =>
  args.length === 0 && hasDisplay(process.env) ? runWindow(args, () => runStory(args)) : runStory(args)
