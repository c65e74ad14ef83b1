import { namesDisplay } from '../core/machine/display.ts'
import { runStory } from './story/story.ts'
import { runWindow } from './window/window.ts'

/** `npm start`: the window if there is a display and a runtime; else, with an explanation, the terminal. */
export const runStart = (args: readonly string[]): Promise<number> =>
  args.length === 0 && namesDisplay(process.env) ? runWindow(args, () => runStory(args)) : runStory(args)
