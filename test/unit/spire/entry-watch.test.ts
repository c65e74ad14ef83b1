import { expect, it } from 'vitest'
import { watchEntries } from '../../../src/core/spire/entry-watch.ts'

// Lines of a SPIRE 1.15.3 agent, with log_format = "json" and log_level = "DEBUG".
const line = (msg: string, entry: string) =>
  `{"entry":"${entry}","level":"debug","msg":"${msg}","selectors_added":1,"spiffe_id":"spiffe://demo.test/hello","subsystem_name":"cache_manager","time":"2026-11-21T10:56:40.023074354Z"}`
const wait = { timeoutMs: 5_000 }

it('resolves when the agent logged that it knows the entry', async () => {
  const watch = watchEntries()
  const waiting = watch.until('one', wait)
  watch.take(line('Entry created', 'another'))
  watch.take('not JSON but with "Entry created" in it, for one')
  watch.take(line('SVID updated', 'one'))
  watch.take(line('Entry created', 'one'))
  expect(await waiting).toEqual({ ok: true, value: '2026-11-21T10:56:40.023Z' })
})

it('resolves at once for an entry that the agent knows already', async () => {
  const watch = watchEntries()
  watch.take(line('Entry created', 'one'))
  expect((await watch.until('one', { timeoutMs: 0 })).ok).toBe(true)
})

it('forgets an entry that the agent removed', async () => {
  const watch = watchEntries()
  watch.take(line('Entry created', 'one'))
  watch.take(line('Entry removed', 'one'))
  expect(await watch.until('one', { timeoutMs: 1 })).toMatchObject({
    ok: false,
    error: { code: 'spire.entry-unknown' },
  })
})

it('ends the wait when it is cancelled, before or during it', async () => {
  const watch = watchEntries()
  const abort = new AbortController()
  const waiting = watch.until('one', { ...wait, signal: abort.signal })
  abort.abort()
  expect(await waiting).toMatchObject({ ok: false, error: { code: 'run.cancelled' } })
  expect(await watch.until('one', { ...wait, signal: abort.signal })).toMatchObject({ ok: false })
})
