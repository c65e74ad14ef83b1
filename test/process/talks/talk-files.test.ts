import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Rehearsed } from '../../../src/core/talks/rehearsals.ts'
import { listTalks, readTalk, readTalkText, saveTalk } from '../../../src/core/talks/talk-files.ts'

const text = (title: string): string =>
  JSON.stringify({ title, minutes: 1, parts: [{ scenario: 'signed', stops: [{ act: 'map', minutes: 1 }] }] })

let config: string
const places = () => ({ assets: join(import.meta.dirname, '../../../assets'), config })
const own = (name: string): string => join(config, 'talks', name)

beforeEach(async () => {
  config = await mkdtemp(join(tmpdir(), 'talks-'))
  await mkdir(join(config, 'talks'))
})
afterEach(() => rm(config, { recursive: true, force: true }))

const isRehearsed = ({ talk, scenario }: Rehearsed): boolean => talk === 'ten-minutes' && scenario === 'signed'

it('lists the shipped talks first, and a broken one does not hide the others', async () => {
  await writeFile(own('mine.json'), text('Mine'))
  await writeFile(own('utf16.json'), Buffer.from(text('Other'), 'utf16le'))
  await writeFile(own('long.json'), text('x'.repeat(2 * 1024 * 1024)))
  await writeFile(own('not ours.txt'), 'x')
  await symlink('/dev/zero', own('endless.json'))
  const { talks, folder } = await listTalks(places(), isRehearsed)
  expect(folder).toBe(join(config, 'talks'))
  expect(talks.filter(({ ships }) => ships).map(({ name, minutes, problem }) => [name, minutes, problem])).toEqual([
    ['ten-minutes', 10, null],
    ['twenty-five-minutes', 25, null],
  ])
  const problems = Object.fromEntries(
    talks.filter(({ ships }) => !ships).map((talk) => [talk.name, talk.problem?.found]),
  )
  expect(problems).toEqual({
    mine: undefined,
    utf16: expect.stringContaining('UTF-8'),
    long: expect.stringContaining('bytes'),
    endless: expect.any(String),
  })
})

it('names the files that it leaves out because of their name, and at most ten of them', async () => {
  for (const name of ['mine', 'Mine', 'my talk', 'ten-minutes', 'talk.schema'])
    await writeFile(own(`${name}.json`), text('x'))
  await writeFile(own('UPPER.JSON'), text('x'))
  await writeFile(own('notes.txt'), 'x')
  expect((await listTalks(places(), isRehearsed)).ignored).toEqual([
    'Mine.json',
    'UPPER.JSON',
    'my talk.json',
    'talk.schema.json',
    'ten-minutes.json',
  ])
  for (let at = 0; at < 20; at++) await writeFile(own(`A${at}.json`), text('x'))
  expect((await listTalks(places(), isRehearsed)).ignored).toHaveLength(10)
})

it('says which scenarios of a talk have not been rehearsed', async () => {
  const { talks } = await listTalks(places(), isRehearsed)
  expect(talks[0]).toMatchObject({ name: 'ten-minutes', unrehearsed: ['tampered', 'wrong-signer'] })
})

it('never takes the schema beside the shipped talks for a talk', async () => {
  const { talks } = await listTalks(places(), isRehearsed)
  expect(talks.map(({ name }) => name)).not.toContain('talk.schema')
})

it('saves atomically, and refuses a taken name, a shipped one, and what is no talk: the old file stays', async () => {
  expect((await saveTalk({ name: 'mine', text: text('One'), replace: false }, places())).ok).toBe(true)
  for (const [asked, code] of [
    [{ name: 'mine', text: text('Two'), replace: false }, 'config.talk-taken'],
    [{ name: 'ten-minutes', text: text('Two'), replace: true }, 'config.talk-taken'],
    [{ name: 'mine', text: '{}', replace: true }, 'config.talk'],
  ] as const) {
    const saved = await saveTalk(asked, places())
    expect(saved.ok ? undefined : saved.error.code).toBe(code)
  }
  expect(await readFile(own('mine.json'), 'utf8')).toContain('"One"')
  expect((await saveTalk({ name: 'mine', text: text('Two'), replace: true }, places())).ok).toBe(true)
  expect(await readTalk('mine', places())).toMatchObject({ ok: true, value: { title: 'Two' } })
})

it('says which talk is probably meant, and refuses a file that others may write', async () => {
  const unknown = await readTalkText('ten-minute', places())
  expect(unknown.ok ? undefined : unknown.error.remedy).toBe('Is "ten-minutes" meant?')
  await writeFile(own('open.json'), text('Open'))
  await chmod(own('open.json'), 0o666)
  const open = await readTalkText('open', places())
  expect(open.ok ? undefined : open.error.code).toBe('config.talk')
})
