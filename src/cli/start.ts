import { namesDisplay } from '../core/machine/display.ts'
import { runStory } from './story/story.ts'
import { runWindow } from './window/window.ts'

/** `npm start`: the window where there is a display and one can be had; else, and with words for it, the terminal. */
export const runStart = (args: readonly string[]): Promise<number> =>
  args.length === 0 && namesDisplay(process.env) ? runWindow(args, () => runStory(args)) : runStory(args)
