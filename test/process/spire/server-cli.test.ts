import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Redactor } from '../../../src/core/process/redactor.ts'
import { createEntry, deleteEntry, listEntries } from '../../../src/core/spire/entries.ts'
import { healthy } from '../../../src/core/spire/server.ts'
import type { ServerCli } from '../../../src/core/spire/server-cli.ts'

const raw = (id: string, selectors: { type: string; value: string }[]) => ({
  id,
  spiffe_id: { trust_domain: 'demo.test', path: '/hello' },
  parent_id: { trust_domain: 'demo.test', path: '/node' },
  selectors,
  x509_svid_ttl: 3600,
})
const needed = [
  { type: 'sigstore', value: 'signer:http://issuer.test|me@x.test' },
  { type: 'sigstore', value: 'repository:reg.test/demo' },
]
const spec = {
  spiffeId: 'spiffe://demo.test/hello',
  parentId: 'spiffe://demo.test/node',
  selectors: needed,
  svidTtlSeconds: 3600,
}

/** A spire-server whose every subcommand is a line of shell; it records its arguments. */
function fakeServer(commands: Record<string, string>): ServerCli & { calls: () => string[][] } {
  const folder = mkdtempSync(join(tmpdir(), 'fake-spire-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const cases = Object.entries(commands).map(([name, script]) => `"${name}") ${script} ;;`)
  const program = join(folder, 'spire-server')
  writeFileSync(
    program,
    `#!/bin/sh\nprintf '%s\\037' "$@" >> ${folder}/calls; echo >> ${folder}/calls\ncase "$1 $2" in\n${cases.join('\n')}\nesac\n`,
  )
  chmodSync(program, 0o755)
  const calls = () =>
    readFileSync(join(folder, 'calls'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('\u001f').slice(0, -1))
  return { program, socket: '/run/x.sock', redactor: new Redactor(), calls }
}
const say = (value: unknown) => `cat <<'END'\n${JSON.stringify(value)}\nEND\n`

it('creates an entry with every selector as an argument of its own', async () => {
  const answer = { results: [{ status: { code: 0, message: 'OK' }, entry: raw('one', needed) }] }
  const cli = fakeServer({ 'entry create': say(answer) })
  const created = await createEntry(cli, spec)
  expect(created).toMatchObject({ ok: true, value: { value: { id: 'one', ...spec } } })
  const [call] = cli.calls()
  expect(call).toContain('sigstore:signer:http://issuer.test|me@x.test')
  expect(call?.filter((each) => each === '-selector')).toHaveLength(2)
})

it('reads the server\u2019s output, though a password of the registry is a word of it', async () => {
  const answer = { results: [{ status: { code: 0, message: 'OK' }, entry: raw('one', needed) }] }
  const cli = fakeServer({ 'entry create': say(answer) })
  cli.redactor.addChosen('selectors')
  expect(await createEntry(cli, spec)).toMatchObject({ ok: true, value: { value: { id: 'one', ...spec } } })
})

it('finds the existing entry, with its selectors in any order, and no other', async () => {
  const exists = { results: [{ status: { code: 6, message: 'similar entry already exists' }, entry: raw('', needed) }] }
  const others = [raw('fewer', needed.slice(0, 1)), raw('more', [...needed, { type: 'a', value: 'b' }])]
  const entries = { entries: [...others, raw('same', needed.toReversed())] }
  const cli = fakeServer({ 'entry create': say(exists), 'entry show': say(entries) })
  expect(await createEntry(cli, spec)).toMatchObject({ ok: true, value: { value: { id: 'same' } } })
})

it('treats a refusal in the output as an error although the program ends with 0', async () => {
  const refused = { results: [{ status: { code: 3, message: 'selector value is empty' } }] }
  const cli = fakeServer({ 'entry create': say(refused), 'entry delete': say(refused) })
  const error = { code: 'spire.entry-refused', found: 'code 3: selector value is empty' }
  expect(await createEntry(cli, spec)).toMatchObject({ ok: false, error })
  expect(await deleteEntry(cli, 'one')).toMatchObject({ ok: false, error })
})

it('reads the output of a SPIRE before 1.15, which was a list of one', async () => {
  const cli = fakeServer({ 'entry show': say([{ entries: [raw('one', needed)] }]) })
  expect(await listEntries(cli)).toMatchObject({ ok: true, value: [{ id: 'one' }] })
})

it.each([
  ['says nothing', 'true', 'spire.unreadable'],
  ['says something else', 'echo hello', 'spire.unreadable'],
  ['fails', 'echo "connection refused" >&2; exit 1', 'spire.cli'],
])('is clear about a server that %s', async (_, script, code) => {
  expect(await listEntries(fakeServer({ 'entry show': script }))).toMatchObject({ ok: false, error: { code } })
})

it('can be cancelled', async () => {
  // Longer than a test may take.
  const cli = fakeServer({ 'entry show': 'exec sleep 600' })
  const result = await listEntries(cli, AbortSignal.timeout(100))
  expect(result).toMatchObject({ ok: false, error: { code: 'run.cancelled' } })
})

it('starts no health check while there is no socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-socket-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const program = join(folder, 'program')
  const socket = join(folder, 'api.sock')
  const asked = join(folder, 'asked')
  writeFileSync(program, `#!/bin/sh\necho "$@" > ${asked}\n`, { mode: 0o755 })
  const signal = AbortSignal.timeout(10_000)
  expect(await healthy(program, socket, signal)).toBe('its socket is not there')
  expect(existsSync(asked)).toBe(false)
  writeFileSync(socket, '')
  expect(await healthy(program, socket, signal)).toBe(true)
  expect(readFileSync(asked, 'utf8')).toBe(`healthcheck -socketPath ${socket}\n`)
})
