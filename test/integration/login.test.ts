import { afterAll, beforeAll, expect, it } from 'vitest'
import { appError } from '../../src/core/domain/app-error.ts'
import { err } from '../../src/core/domain/result.ts'
import type { Session } from '../../src/core/orchestrator/session/session.ts'
import { loginAs } from '../../src/core/sandbox/login-client.ts'
import type { LoginPort } from '../../src/core/steps/resources.ts'
import { realSession, temporaryFolders } from './harness/session.ts'

const where = temporaryFolders()
let session: Session
let login: LoginPort

beforeAll(async () => {
  session = await realSession(where, (...request) => login(...request))
})
afterAll(async () => {
  await session?.close()
  where.remove()
})

it.each([
  ['denied on the login page', 'login.denied', (request) => loginAs({ ...request, decision: 'deny' })],
  [
    'closed without an answer',
    'login.closed',
    () => Promise.resolve(err(appError('login.closed', 'Closed.', 'Again.'))),
  ],
  [
    'as somebody whom the sandbox does not know',
    'login.unknown-persona',
    (request) => loginAs({ ...request, persona: 'nobody', decision: 'allow' }),
  ],
  ['as the person who was asked for', null, (request) => loginAs({ ...request, decision: 'allow' })],
] satisfies [string, string | null, LoginPort][])(
  'a login %s is distinguished from the others',
  async (_what, code, port) => {
    login = port
    const state = await session.newRun('signed', null).start()
    expect(state.error?.code ?? null).toBe(code)
    expect(state.outcome).toBe(code === null ? 'svid' : 'failed')
  },
)
