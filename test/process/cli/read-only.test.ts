import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CopiedProgram, copiedProgram } from './copied-program.ts'

// Folders on a file system that is mounted read-only: the story ends with an error that names them, and the doctor
// lists them. Every external program is a script in PATH, so that nothing is fetched.

const isRoot = process.getuid?.() === 0
/** Only root can mount something, in a mount namespace of its own. */
const asRoot = isRoot ? it : it.skip
const whyNot = isRoot ? '' : ' (skipped: needs root)'

let program: CopiedProgram
let base: string
let tools: string
beforeAll(() => {
  program = copiedProgram()
  tools = program.scriptedTools()
})
afterAll(() => program.remove())
beforeEach(() => {
  // Short: a longer runtime folder would not be used.
  base = join(program.place, 'f')
  rmSync(base, { recursive: true, force: true })
  for (const name of ['state', 'cache', 'runtime']) mkdirSync(join(base, name), { recursive: true, mode: 0o700 })
})

const env = ({ withTools = true } = {}) => ({
  PATH: `${withTools ? `${tools}:` : ''}/usr/bin:/bin:/usr/sbin:/sbin`,
  XDG_STATE_HOME: join(base, 'state'),
  XDG_CACHE_HOME: join(base, 'cache'),
  XDG_RUNTIME_DIR: join(base, 'runtime'),
  // None is started or installed.
  DOCKER_HOST: `unix://${base}/no-engine.sock`,
})
const readOnly = (folder: string) => [
  'unshare',
  '--mount',
  'sh',
  '-ec',
  `mount --bind '${folder}' '${folder}'; mount -o remount,bind,ro '${folder}'; exec "$@"`,
  'sh',
]
const own = (name: string): string => join(base, name, 'sigstore-attestor')

describe('a folder on a read-only file system', () => {
  asRoot.each([
    ['state', 'missing', [], /state folder .* cannot be used\..*read-only.*XDG_STATE_HOME/],
    ['state', 'empty', ['state'], /state folder .* cannot be used\..*read-only.*XDG_STATE_HOME/],
    [
      'state',
      'used',
      ['state', 'state/runs', 'state/logs', 'state/cosign-home'],
      /lock .* cannot be written.*read-only/,
    ],
    ['runtime', 'missing', [], /runtime folder .* cannot be used\..*read-only.*XDG_RUNTIME_DIR/],
    ['runtime', 'empty', ['runtime'], /lock .* cannot be written.*read-only.*XDG_RUNTIME_DIR/],
  ])(`ends the story in order: %s, %s${whyNot}`, (name, _, made, why) => {
    for (const folder of made) {
      const [first = '', ...below] = folder.split('/')
      mkdirSync(join(own(first), ...below), { recursive: true, mode: 0o700 })
    }
    const before = readOnly(join(base, name))
    const { status, said } = program.run(['story', '--scenario', 'signed'], env(), before)
    expect([status, said]).toEqual([1, expect.stringMatching(why)])
    const doctor: unknown = JSON.parse(program.run(['doctor', '--json'], env(), before).stdout)
    expect(doctor).toMatchObject({
      ok: false,
      problems: [
        {
          code: 'machine.folder-unusable',
          what: expect.stringContaining(`${name} folder`),
          found: expect.stringContaining('read-only'),
        },
      ],
    })
  })

  asRoot(`ends the set-up in order where something has to be put into the cache${whyNot}`, () => {
    const before = readOnly(join(base, 'cache'))
    const lacking = env({ withTools: false })
    const { status, said } = program.run(['story'], lacking, before)
    expect([status, said]).toEqual([
      1,
      expect.stringMatching(/cache folder .* cannot be used.*read-only.*XDG_CACHE_HOME/),
    ])
    expect(program.run(['doctor'], lacking, before).said).toMatch(
      /problem The cache folder .* cannot be used.*read-only/,
    )
    // With every program there, nothing has to be written.
    expect(program.run(['doctor'], env(), before).said).not.toContain('cache folder')
  })

  asRoot(`does not keep what an earlier session left from being reported${whyNot}`, () => {
    for (const name of ['runs', 'logs', 'cosign-home', 'spire'])
      mkdirSync(join(own('state'), name), { recursive: true })
    chmodSync(own('state'), 0o700)
    writeFileSync(join(own('state'), 'spire', 'old'), '')
    const { status, said } = program.run(
      ['story', '--scenario', 'signed'],
      env(),
      readOnly(join(own('state'), 'spire')),
    )
    expect([status, said]).toEqual([
      1,
      expect.stringMatching(/earlier session left could not be removed.*found \S+\/spire.*npm run clean/),
    ])
  })
})

describe('a folder that is not this user’s alone', () => {
  it.each(['state', 'cache', 'runtime'])('is listed by the doctor, which checks everything else: %s', (name) => {
    mkdirSync(own(name))
    chmodSync(own(name), 0o777)
    const { status, said } = program.run(['doctor'], env())
    expect([status, said]).toEqual([
      1,
      expect.stringMatching(new RegExp(`container engine.*WRONG machine problem The ${name} folder .* is not used`)),
    ])
    expect(said).toMatch(name === 'cache' ? /external programs reports not looked at/ : /fine cosign/)
    const profile = program.run(['doctor', '--profile', 'public'], env())
    expect([profile.status, profile.said]).toEqual([1, expect.stringMatching(/is not used: other users/)])
  })
})

it('creates nothing that others may write, whatever the umask is', () => {
  const { status } = program.run(['setup'], env(), ['sh', '-c', 'umask 000; exec "$@"', 'sh'])
  expect(status).toBe(0)
  const made = readdirSync(own('cache'), { recursive: true, withFileTypes: true })
  expect(made.map(({ name }) => name)).toContain('inspections.json')
  const open = made.filter(({ name, parentPath }) => (statSync(join(parentPath, name)).mode & 0o022) !== 0)
  expect(open.map(({ name }) => name)).toEqual([])
})
