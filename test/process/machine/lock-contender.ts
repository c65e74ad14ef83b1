import { once } from 'node:events'
import { takeSessionLock } from '../../../src/core/machine/session-lock.ts'

// A process that takes the session's lock when its stdin says so, and keeps it until it is killed.

const [runtime = '', state = ''] = process.argv.slice(2)
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const lock = await takeSessionLock(runtime, state)
process.stdout.write(`${lock.ok ? 'holds' : lock.error.code}\n`)
