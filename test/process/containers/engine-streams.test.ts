import { once } from 'node:events'
import { expect, it } from 'vitest'
import { connectEngine } from '../../../src/core/containers/engine/engine.ts'
import { buildImage, imageFacts } from '../../../src/core/containers/images/image.ts'
import { pullImage } from '../../../src/core/containers/images/pull-image.ts'
import { pushImage } from '../../../src/core/containers/images/push-image.ts'
import { removeOurs } from '../../../src/core/containers/labels.ts'
import { fakeEngine } from './fake-engine.ts'

const digest = `sha256:${'a'.repeat(64)}`
const connect = async (answer: Parameters<typeof fakeEngine>[0]) => {
  const fake = await fakeEngine(answer)
  const connected = await connectEngine(fake.socket, { ours: false })
  if (!connected.ok) throw new Error(connected.error.what)
  return { engine: connected.value, ...fake }
}
const lines = (...messages: unknown[]) => messages.map((message) => `${JSON.stringify(message)}\r\n`).join('')
const push = { repository: '127.0.0.1:5000/demo/hello', tag: 'one' }
const build = { dockerfile: 'FROM scratch\n', files: [], tag: '127.0.0.1:5000/demo/hello:one' }

it('reads the digest of a push and the progress of each layer, across messages split at any place', async () => {
  const text = lines(
    { status: 'The push refers to repository' },
    { status: 'Pushing', id: 'l1', progressDetail: { current: 5, total: 10 } },
    { status: 'Pushing', id: 'l1', progressDetail: { current: 9, total: 10 } },
    { status: 'Pushed', id: 'l1', progressDetail: {} },
    { status: 'one: digest', id: 'one' },
    { progressDetail: {}, aux: { Tag: 'one', Digest: digest, Size: 740 } },
  )
  const { engine } = await connect((_, response) => {
    for (const piece of text.match(/[\s\S]{1,7}/g) ?? []) response.write(piece)
    response.end()
  })
  const seen: string[] = []
  const onProgress = (layers: readonly { id: string; status: string }[]) =>
    seen.push(layers.map(({ id, status }) => `${id} ${status}`).join())
  const said: string[] = []
  const onLine = (line: string) => said.push(line)
  const pushed = await pushImage(engine, { ...push, onProgress, onLine })
  expect(pushed).toEqual({ ok: true, value: { digest, manifestBytes: 740 } })
  expect(seen).toEqual(['l1 Pushing', 'l1 Pushing', 'l1 Pushed'])
  expect(said).toEqual(['The push refers to repository', 'l1: Pushing', 'l1: Pushed', 'one: digest'])
})

it('passes a login on in a header of its own: not in the address, and not when there is none', async () => {
  const seen: { url: string; login: string | undefined }[] = []
  const { engine } = await connect((request, response) => {
    const header = String(request.headers['x-registry-auth'] ?? '')
    seen.push({ url: request.url ?? '', login: Buffer.from(header, 'base64url').toString() })
    response.end(lines({ error: 'unauthorized: me:se:cret is not known' }))
  })
  const credentials = { kind: 'password', username: 'me', password: 'se:cret' } as const
  const login = JSON.stringify({ serveraddress: '127.0.0.1:5000', username: 'me', password: 'se:cret' })
  await pushImage(engine, { ...push, credentials })
  await pullImage(engine, `${push.repository}@${digest}`, undefined, credentials)
  await pullImage(engine, `${push.repository}@${digest}`)
  expect(seen.map((each) => each.login)).toEqual([login, login, ''])
  expect(seen.some(({ url }) => url.includes('cret') || url.includes('auth'))).toBe(false)
})

it('adds Docker Hub’s host if an engine omits it', async () => {
  const { engine } = await connect((_, response) => {
    const RepoDigests = [`acme/hello@${digest}`, `docker.io/acme/hello@${digest}`, `reg.lan/a@${digest}`]
    response.end(JSON.stringify({ Id: digest, RepoDigests, Size: 1 }))
  })
  expect(await imageFacts(engine, digest)).toMatchObject({
    value: {
      repoDigests: [`docker.io/acme/hello@${digest}`, `docker.io/acme/hello@${digest}`, `reg.lan/a@${digest}`],
    },
  })
})

it('reads the digest from the text if an engine uses the containerd image store', async () => {
  // As Docker Engine 28.5 responded.
  const answer = lines(
    { status: 'The push refers to repository [127.0.0.1:5000/demo/hello]' },
    { status: 'Pushed', progressDetail: {}, id: '9d754afa3bed' },
    { status: `one: digest: ${digest} size: 536` },
  )
  const { engine } = await connect((_, response) => response.end(answer))
  expect(await pushImage(engine, push)).toEqual({ ok: true, value: { digest, manifestBytes: 536 } })
})

it.each([
  'two: digest: DIGEST size: 536',
  'one: digest: DIGEST size: 536 and more',
  'one: digest: sha256:short size: 5',
])('takes "%s" for no answer to its push', async (words) => {
  const { engine } = await connect((_, response) => response.end(lines({ status: words.replace('DIGEST', digest) })))
  expect(await pushImage(engine, push)).toMatchObject({ ok: false, error: { code: 'registry.no-digest' } })
})

it('accepts no push without a proper digest as successful', async () => {
  const answer = lines('text', null, { aux: { Tag: 'one', Digest: 'sha256:short', Size: 1 } }, { status: 'Pushed' })
  const { engine } = await connect((_, response) => response.end(`${answer}this is not JSON\n`))
  expect(await pushImage(engine, push)).toMatchObject({ ok: false, error: { code: 'registry.no-digest' } })
})

it('closes its connection when a push is cancelled: that is how the engine notices', async () => {
  let ended: Promise<unknown> | undefined
  const { engine } = await connect((_, response) => {
    ended = once(response, 'close')
    response.write(lines({ status: 'Pushing', id: 'l1' }))
  })
  const abort = new AbortController()
  const result = await pushImage(engine, { ...push, signal: abort.signal, onProgress: () => abort.abort() })
  expect(result).toMatchObject({ ok: false, error: { code: 'run.cancelled' } })
  await ended
})

it('reports that the engine was lost when it dies in the middle of a build', async () => {
  const { engine } = await connect((request, response) => {
    request.resume().on('end', () => {
      response.write(lines({ stream: 'Step 1/6 : FROM scratch\n' }))
      setImmediate(() => response.destroy())
    })
  })
  expect(await buildImage(engine, build)).toMatchObject({ ok: false, error: { code: 'engine.lost' } })
})

it('reports the lines of the builder and, when it fails, its message', async () => {
  const { engine } = await connect((request, response) => {
    request
      .resume()
      .on('end', () => response.end(lines({ stream: 'Step 1/6\n' }, { error: 'COPY failed: no such file' })))
  })
  const said: string[] = []
  const result = await buildImage(engine, { ...build, onLine: (line) => said.push(line) })
  expect(said).toEqual(['Step 1/6', 'COPY failed: no such file'])
  expect(result).toMatchObject({
    ok: false,
    error: { code: 'engine.build-failed', found: 'COPY failed: no such file', evidence: { lastLines: ['Step 1/6'] } },
  })
})

it('names the unreadable file of a build, and does not blame the engine', async () => {
  const { engine } = await connect((_, response) => response.end())
  const files = [{ name: 'workload', content: { path: '/nowhere/workload' }, mode: 0o755 }]
  expect(await buildImage(engine, { ...build, files })).toMatchObject({
    ok: false,
    error: { code: 'engine.build-context', what: expect.stringContaining('workload') },
  })
})

it('filters by its own label when it removes', async () => {
  const asked: string[] = []
  const { engine } = await connect((request, response) => {
    asked.push(`${request.method} ${decodeURIComponent(request.url ?? '')}`)
    response.setHeader('content-type', 'application/json')
    response.end('[]')
  })
  expect((await removeOurs(engine)).ok).toBe(true)
  expect(asked.length).toBeGreaterThan(0)
  for (const line of asked) expect(line).toMatch(/^GET .*"label":\["dev\.sigstore-attestor=uid-\d+-[0-9a-f]{12}"\]/)
})

it('distinguishes a refused pull from a successful one', async () => {
  const reference = `${push.repository}@${digest}`
  const answers = [lines({ status: 'Pulling' }, { error: 'manifest unknown' }), lines({ status: 'Pull complete' })]
  const { engine } = await connect((_, response) => response.end(answers.shift()))
  expect(await pullImage(engine, reference)).toMatchObject({ ok: false, error: { found: 'manifest unknown' } })
  expect(await pullImage(engine, reference)).toEqual({ ok: true, value: undefined })
})
