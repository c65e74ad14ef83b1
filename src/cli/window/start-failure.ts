import { type AppError, appError } from '../../core/domain/app-error.ts'

/** What Chromium prints when it ends before it has a window, and what it means. */
const endings = [
  {
    pattern:
      /Missing X server|Unable to open X display|[Ff]ailed to connect to Wayland display|The platform failed to initialize|Authorization required, but no authorization protocol/,
    code: 'machine.display-silent',
    what: 'The window could not be opened: the display does not accept this program.',
    remedy:
      'Start it as the user who is logged in to the desktop: with su or sudo, the display needs that user’s XAUTHORITY. Or run the story in the terminal: npm run story',
    expected: 'a display server that accepts this user',
  },
  {
    pattern: /SUID sandbox helper|No usable sandbox|Failed to move to new namespace/,
    code: 'machine.no-user-namespaces',
    what: 'The window could not be opened: Chromium’s sandbox does not start for this user, and it is not run without it.',
    remedy:
      'Look at the line “window” of npm run doctor: it names the setting that forbids user namespaces. Or run the story in the terminal: npm run story',
    expected: 'a user namespace for Chromium’s sandbox',
  },
] as const

/**
 * Why the window's runtime ended without a window, by the last lines that it printed; undefined when they say nothing
 * of the kind. Not everything can be found out beforehand: a display may refuse a user, and a policy a program. Pure.
 */
export function startFailure(lines: readonly string[]): AppError | undefined {
  for (const { pattern, code, what, remedy, expected } of endings) {
    const line = lines.find((each) => pattern.test(each))
    if (line !== undefined) return appError(code, what, remedy, { expected, found: line.trim().slice(0, 300) })
  }
  return undefined
}
