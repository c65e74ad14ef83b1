import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { it } from 'vitest'

const root = join(import.meta.dirname, '..', '..', '..')
export const isRoot = process.getuid?.() === 0

/** Words that run a program as another user. */
export const as = (uid: number) => ['setpriv', '--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', '--']

/** Only root can have a network of its own, or be another user, who then has to find our packages. */
export const asRoot = isRoot ? it : it.skip
export const whyNot = isRoot ? '' : ' (skipped: needs root)'
const readable =
  isRoot && spawnSync('setpriv', [...as(54_321).slice(1), 'ls', join(root, 'node_modules', 'execa')]).status === 0
export const asOther = readable ? it : it.skip
export const whyNotOther = readable ? '' : ' (skipped: needs root, and a clone that other users can read)'
