import { execFileSync } from 'node:child_process'

/** An unprivileged user that owns nothing here. Only root can act as another user, so other users skip such tests. */
export const strangerUid = 65_534
export const canActAsStranger = process.getuid?.() === 0
/** The reason in the title of a test that needs `canActAsStranger`. */
export const needsRoot = canActAsStranger ? '' : ' (skipped: only root can act as another user)'

/** Runs JavaScript as the stranger and returns what it prints. `fs` and `path` are available. */
export function asStranger(source: string): string {
  const head = `const fs = require('node:fs'); const path = require('node:path');`
  return execFileSync(process.execPath, ['-e', `${head}\n${source}`], {
    uid: strangerUid,
    gid: strangerUid,
    cwd: '/',
    env: {},
    encoding: 'utf8',
  })
}
