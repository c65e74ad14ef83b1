import { describe, expect, it, vi } from 'vitest'
import { appError } from '../../../src/core/domain/app-error.ts'
import { err, ok } from '../../../src/core/domain/result.ts'
import { hostLogins } from '../../../src/core/orchestrator/host/logins.ts'
import { buildSystemSigns } from '../../../src/core/sandbox/build-token.ts'
import type { LoginPort } from '../../../src/core/steps/resources.ts'

const request = {
  runId: 'r1',
  url: 'http://localhost:1/auth',
  issuer: 'http://localhost:1',
  persona: 'engineer',
} as const
const answer = { runId: 'r1', persona: 'engineer', decision: 'allow' } as const
const never = new AbortController().signal
/** A window that stays open until it is closed, and then reports that. */
const windowThatStays = () =>
  vi.fn<LoginPort>(
    (_request, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(err(closed)), { once: true })),
  )
const closed = appError('login.closed', 'Closed.', 'Again.')

describe('the logins of a host', () => {
  it('end with the window\u2019s result', async () => {
    expect(await hostLogins(() => Promise.resolve(err(closed))).port(request, never)).toEqual(err(closed))
    expect(await hostLogins(() => Promise.resolve(ok(undefined))).port(request, never)).toEqual(ok(undefined))
  })

  it('close the window when an answer comes instead, and end with the answer', async () => {
    const window = windowThatStays()
    const logins = hostLogins(window)
    const ended = logins.port(request, never)
    // This URL names no callback, so the login itself fails; what matters is that both sides learn that.
    const answered = await logins.answer(answer)
    expect(answered).toMatchObject({ ok: false, error: { code: 'login.unexpected-answer' } })
    expect(await ended).toEqual(answered)
    expect(window.mock.calls[0]?.[1].aborted).toBe(true)
  })

  it('end the wait of a person when the build system signs instead; it needs no login', async () => {
    const window = windowThatStays()
    const logins = hostLogins(window)
    const ended = logins.port(request, never)
    expect(await logins.answer({ ...answer, persona: 'ci' })).toEqual(ok({}))
    expect(await ended).toEqual(err(buildSystemSigns))
    expect(window.mock.calls[0]?.[1].aborted).toBe(true)
  })

  it('accept an answer only for a waiting run, and only once', async () => {
    const logins = hostLogins(undefined)
    const over = new AbortController()
    const ended = logins.port(request, over.signal)
    expect(await logins.answer({ ...answer, runId: 'r2' })).toMatchObject({ error: { code: 'login.not-waiting' } })
    const [first, second] = await Promise.all([logins.answer(answer), logins.answer(answer)])
    expect(first).toMatchObject({ error: { code: 'login.unexpected-answer' } })
    expect(second).toMatchObject({ error: { code: 'login.not-waiting' } })
    await ended
  })

  it('keep two runs apart', async () => {
    const logins = hostLogins(undefined)
    const over = new AbortController()
    const [one, two] = [logins.port(request, over.signal), logins.port({ ...request, runId: 'r2' }, over.signal)]
    await logins.answer({ ...answer, runId: 'r2' })
    expect((await two).ok).toBe(false)
    over.abort()
    expect(await one).toEqual(ok(undefined))
  })

  it('close the window when cosign has ended, and open none when it had before', async () => {
    const window = windowThatStays()
    const over = new AbortController()
    const ended = hostLogins(window).port(request, over.signal)
    over.abort()
    expect(await ended).toEqual(ok(undefined))
    expect(window.mock.calls[0]?.[1].aborted).toBe(true)
    expect(await hostLogins(window).port(request, AbortSignal.abort())).toEqual(ok(undefined))
    expect(window).toHaveBeenCalledTimes(1)
  })
})
