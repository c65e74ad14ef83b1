import { expect, it } from 'vitest'
import { createContainer } from '../../../src/core/containers/container.ts'
import { connectEngine } from '../../../src/core/containers/engine/engine.ts'
import { fakeEngine } from './fake-engine.ts'

it('a container whose creation is cancelled is removed once the engine has created it', async () => {
  const asked: string[] = []
  const cancel = new AbortController()
  const fake = await fakeEngine((request, response) => {
    asked.push(`${request.method} ${request.url?.replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '')}`)
    if (request.method !== 'POST') return void response.writeHead(204).end()
    // The engine is creating it when the cancel comes, and does not stop for it.
    cancel.abort()
    setImmediate(() => response.writeHead(201, { 'content-type': 'application/json' }).end('{"Id":"made"}'))
  })
  const engine = await connectEngine(fake.socket, { ours: false })
  if (!engine.ok) throw new Error(engine.error.what)
  const made = await createContainer(engine.value, { image: 'i', name: 'n', mounts: [], signal: cancel.signal })
  expect(made).toMatchObject({ ok: false, error: { code: 'run.cancelled' } })
  expect(asked).toEqual(['POST /containers/create', 'DELETE /containers/made'])
})
