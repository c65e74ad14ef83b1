import { expect, it } from 'vitest'
import { createContainer } from '../../../src/core/containers/container.ts'
import { connectEngine, type Engine } from '../../../src/core/containers/engine/engine.ts'
import { labelKey, owner } from '../../../src/core/containers/labels.ts'
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

/** An engine in which the name is taken, until the container that has it is removed. */
async function engineWithTakenName(labels: Record<string, string>): Promise<{ asked: string[]; engine: Engine }> {
  const asked: string[] = []
  const fake = await fakeEngine((request, response) => {
    const [path] = (request.url ?? '').replace(/^\/v[\d.]+/, '').split('?')
    asked.push(`${request.method} ${path}`)
    const reply = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method === 'GET') return void reply(200, { Id: 'old', Config: { Labels: labels } })
    if (request.method === 'DELETE') return void response.writeHead(204).end()
    if (!asked.includes('DELETE /containers/old')) return void reply(409, { message: 'The name "/n" is in use.' })
    return void reply(500, { message: 'created, and then nothing' })
  })
  const engine = await connectEngine(fake.socket, { ours: false })
  if (!engine.ok) throw new Error(engine.error.what)
  return { asked, engine: engine.value }
}

it('a container of ours that has the name is removed, for a killed run left it', async () => {
  const { asked, engine } = await engineWithTakenName({ [labelKey]: owner() })
  const made = await createContainer(engine, { image: 'i', name: 'n', mounts: [] })
  expect(made).toMatchObject({ ok: false, error: { found: expect.stringContaining('created, and then nothing') } })
  expect(asked).toEqual([
    'POST /containers/create',
    'GET /containers/n/json',
    'DELETE /containers/old',
    'POST /containers/create',
  ])
})

it.each([{}, { [labelKey]: 'uid-99999' }])(
  'a container of somebody else that has the name stays: %j',
  async (labels) => {
    const { asked, engine } = await engineWithTakenName(labels)
    const made = await createContainer(engine, { image: 'i', name: 'n', mounts: [] })
    expect(made).toMatchObject({ ok: false, error: { code: 'engine.name-taken', found: 'The name "/n" is in use.' } })
    expect(asked).toEqual(['POST /containers/create', 'GET /containers/n/json'])
  },
)
