import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { unexpectedChange } from '../../../src/core/attestor/gates/launch/file-changes.ts'
import { unlistedSetting } from '../../../src/core/attestor/gates/launch/host-config.ts'
import type { FileFacts } from '../../../src/core/attestor/gates/launch/image-layers.ts'
import { overlayOf, parseMountTable } from '../../../src/core/attestor/gates/launch/mount-table.ts'
import type { OwnFile } from '../../../src/core/attestor/gates/launch/own-files.ts'
import { podmanHomes, podmanTexts } from '../../../src/core/attestor/gates/launch/podman.ts'
import { healthProgram } from '../../../src/core/attestor/gates/launch/program.ts'

describe('the mount table', () => {
  const line = (target: string, options: string, own = 'rw,relatime') =>
    `100 1 0:9 / ${target} ${own} master:6 - overlay overlay ${options}`

  it('is parsed with its escapes, and without malformed lines', () => {
    const text = ['', 'odd', line('/a\\040b', 'rw,lowerdir=/l'), line('/c', 'ro', 'ro,nosuid')].join('\n')
    expect(parseMountTable(text)).toEqual([
      { target: '/a b', device: '0:9', readOnly: false, fileSystem: 'overlay', options: ['rw', 'lowerdir=/l'] },
      { target: '/c', device: '0:9', readOnly: true, fileSystem: 'overlay', options: ['ro'] },
    ])
  })

  it.each<[string, string, string | undefined, string, string[]]>([
    ['absolute folders', 'lowerdir=/d/1:/d/2,upperdir=/d/up/diff', undefined, '/d/up/diff', ['/d/1', '/d/2']],
    [
      'layers relative to those of containerd',
      'lowerdir=2/fs:1/fs,upperdir=/d/snapshots/3/fs',
      undefined,
      '/d/snapshots/3/fs',
      ['/d/snapshots/2/fs', '/d/snapshots/1/fs'],
    ],
    [
      'everything relative to the layers of Docker',
      'lowerdir=l/A:l/B,upperdir=abc/diff',
      '/d/overlay2/abc/diff',
      '/d/overlay2/abc/diff',
      ['/d/overlay2/l/A', '/d/overlay2/l/B'],
    ],
    [
      'one option for each layer',
      'lowerdir+=/d/1,lowerdir+=/d/2,upperdir=/u/x/y',
      undefined,
      '/u/x/y',
      ['/d/1', '/d/2'],
    ],
    [
      'colons and commas in names',
      'lowerdir=/d/a\\134:b:/d/c\\054d,upperdir=/u/x/y',
      undefined,
      '/u/x/y',
      ['/d/a:b', '/d/c,d'],
    ],
  ])('has the layers: %s', (_, options, engine, upper, lowers) => {
    expect(overlayOf(parseMountTable(line('/', `rw,${options}`)), engine)).toEqual({ upper, lowers })
  })

  it.each([
    ['no root', line('/x', 'upperdir=/u/x/y,lowerdir=/l')],
    ['two roots', [line('/', 'upperdir=/u/x/y,lowerdir=/l'), line('/', 'upperdir=/v/x/y,lowerdir=/l')].join('\n')],
    ['no upper folder', line('/', 'lowerdir=/l')],
    ['a relative upper folder that the engine does not name', line('/', 'lowerdir=l/A,upperdir=abc/diff')],
    ['another file system', '100 1 0:9 / / rw - btrfs /dev/sda rw,upperdir=/u/x/y,lowerdir=/l'],
  ])('has no layers with %s', (_, text) => expect(overlayOf(parseMountTable(text), undefined)).toBeUndefined())
})

describe('the settings of a container', () => {
  const file = join(import.meta.dirname, '..', '..', 'fixtures', 'engines', 'host-config.json')
  const settings = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, unknown>>
  const kinds = { 'docker-20.10': 'docker', 'docker-28.5-containerd': 'docker', 'podman-5.8': 'podman' } as const

  it.each(Object.entries(kinds))('of a plain one on %s are all on the list', (name, kind) => {
    expect(Object.keys(settings[name] ?? {}).length).toBeGreaterThan(60)
    expect(unlistedSetting(settings[name] ?? {}, kind)).toBeUndefined()
  })

  it('of Podman have annotations, which on Docker a person wrote', () => {
    expect(unlistedSetting(settings['podman-5.8'] ?? {}, 'docker')).toContain('Annotations is ')
  })

  it('are named with a bounded value, privileges first', () => {
    expect(unlistedSetting({ Devices: ['x'], Privileged: true }, 'docker')).toBe('the container is privileged')
    expect(unlistedSetting({ Odd: 'x'.repeat(9_000) }, 'docker')?.length).toBeLessThan(300)
    expect(unlistedSetting({ toString: 'x' }, 'docker')).toContain('which this attestor does not know')
    expect(unlistedSetting({ constructor: {} }, 'docker')).toContain('which this attestor does not know')
  })
})

describe('a container\u2019s own files', () => {
  const folder: FileFacts = { kind: 'folder', mode: 0o755, uid: 0, gid: 0, size: 0 }
  const own = (path: string, more: Partial<OwnFile> = {}): OwnFile => ({ ...folder, path, deleted: false, ...more })
  const image = (facts: Record<string, FileFacts>, names: Record<string, string[]> = {}) => ({
    facts: (path: string) => facts[path],
    names: (path: string) => names[path] ?? [],
  })
  const expected = {
    mountPoints: ['/run/agent', '/etc/hosts'],
    writtenByEngine: () => false,
    exists: () => true,
    workingFolder: '/srv/app',
    user: 65532,
  }
  const judge = (files: OwnFile[], facts: Record<string, FileFacts> = {}, exists = true) =>
    unexpectedChange(files, image(facts, { '/run': ['lock'] }), { ...expected, exists: () => exists })

  it.each<[string, OwnFile[], Record<string, FileFacts>]>([
    ['a mount point and the folder above it, where the image has none', [own('/run'), own('/run/agent')], {}],
    [
      'a folder of the image above one, unchanged',
      [own('/run', { mode: 0o1777 })],
      { '/run': { ...folder, mode: 0o1777 } },
    ],
    ['the root, as the image has it', [own('/', { mode: 0o555 })], { '/': { ...folder, mode: 0o555 } }],
    ['an empty file under a mounted file', [own('/etc'), own('/etc/hosts', { kind: 'file', mode: 0o644 })], {}],
    ['the working folder, where the image has none', [own('/srv'), own('/srv/app')], {}],
    ['the working folder of the image\u2019s user, as Podman makes it', [own('/srv/app', { uid: 65532 })], {}],
    ['the working folder, unchanged', [own('/srv/app', { uid: 7 })], { '/srv/app': { ...folder, uid: 7 } }],
  ])('may be %s', (_, files, facts) => expect(judge(files, facts)).toBeUndefined())

  it.each<[string, OwnFile, Record<string, FileFacts>, string]>([
    ['a folder beside', own('/run2'), {}, '/run2 (added)'],
    ['something in the working folder', own('/srv/app/x'), {}, '/srv/app/x (added)'],
    ['a working folder of somebody else', own('/srv/app', { uid: 5 }), {}, '/srv/app (added, folder'],
    ['a working folder for everybody', own('/srv/app', { uid: 65532, mode: 0o777 }), {}, '/srv/app (added, folder'],
    ['a folder of the user above the working folder', own('/srv', { uid: 65532 }), {}, '/srv (added, folder'],
    [
      'the user\u2019s instead of the image\u2019s',
      own('/srv/app', { uid: 65532 }),
      { '/srv/app': folder },
      'instead of',
    ],
    [
      'another owner',
      own('/run', { uid: 5 }),
      { '/run': folder },
      '/run (folder with mode 0755 of 5:0 instead of folder',
    ],
    ['another group', own('/run', { gid: 5 }), { '/run': folder }, 'of 0:5 instead of'],
    [
      'a root open to everybody',
      own('/', { mode: 0o777 }),
      { '/': folder },
      '/ (folder with mode 0777 of 0:0 instead of',
    ],
    ['a sticky bit', own('/run', { mode: 0o1755 }), { '/run': folder }, '/run (folder with mode 1755'],
    ['a new folder that is not root\u2019s', own('/run', { uid: 5 }), {}, '/run (added, folder with mode 0755 of 5:0)'],
    ['a new folder for everybody', own('/run', { mode: 0o777 }), {}, '/run (added, folder with mode 0777 of 0:0)'],
    ['a link', own('/run', { kind: 'link' }), { '/run': folder }, '/run (a link instead of a folder)'],
    ['a new link', own('/run', { kind: 'link', mode: 0o777 }), {}, '/run (added, link with'],
    ['a file with something in it', own('/etc/hosts', { kind: 'file', mode: 0o644, size: 1 }), {}, '/etc/hosts (added'],
    ['a deleted folder', own('/run', { kind: 'other', deleted: true }), { '/run': folder }, '/run (deleted)'],
    ['a deleted mount point', own('/run/agent', { kind: 'other', deleted: true }), {}, '/run/agent (deleted)'],
  ])('may not be %s', (_, file, facts, found) => {
    expect(judge([file], facts)).toContain(`changed since the image: `)
    expect(judge([file], facts)).toContain(found)
  })

  it('may not be a folder that was removed and created again', () => {
    expect(judge([own('/run')], { '/run': folder }, false)).toBe('changed since the image: /run (without lock)')
  })
})

describe('what Podman writes', () => {
  const start = { user: '1234', workingFolder: '' } as Parameters<typeof podmanTexts>[1]
  const none = { facts: () => undefined, text: () => undefined }
  const group = { facts: () => undefined, text: (path: string) => (path === '/etc/group' ? 'app:x:77:\n' : undefined) }
  const machine = ['root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:No Body,,,:/nonexistent:/bin/false\n']

  it.each([
    ['/etc/passwd', '1234', ['1234:*:1234:0:container user:/:/bin/sh\n']],
    ['/etc/passwd', '1234:', ['1234:*:1234:0:container user:/:/bin/sh\n']],
    ['/etc/passwd', '1234:1235', ['1234:*:1234:1235:container user:/:/bin/sh\n']],
    ['/etc/passwd', '1234:app', ['1234:*:1234:77:container user:/:/bin/sh\n']],
    ['/etc/passwd', '0', ['root:*:0:0:root:/:/bin/sh\n']],
    // Where the machine has an account of this number, its name counts.
    ['/etc/passwd', '65534', ['nobody:*:65534:0:No Body:/:/bin/sh\n', '65534:*:65534:0:container user:/:/bin/sh\n']],
    ['/etc/group', '1234', ['0:x:0:1234\n', '1234:x:1234:1234\n']],
    ['/etc/group', '1234:1235', ['1235:x:1235:1234\n']],
    ['/etc/group', 'app', ['0:x:0:app\n']],
    ['/etc/group', 'app:55', ['55:x:55:app\n']],
  ])('into %s for the user %s is one line: %j', (path, user, lines) => {
    expect(podmanTexts(path, { ...start, user }, group, machine)).toEqual(['', ...lines])
  })

  it.each([
    ['/etc/passwd', 'app'],
    ['/etc/passwd', ''],
    ['/etc/passwd', '1234:missing'],
    ['/etc/group', ''],
    ['/etc/group', 'app:users'],
    ['/etc/group', '1234:users'],
  ])('into %s for the user %j is nothing', (path, user) => {
    expect(podmanTexts(path, { ...start, user }, none, machine)).toEqual([''])
  })

  it.each([
    ['1234', undefined, '/data', true],
    ['1234', 'me:x:1234:0::/home/me:/bin/sh', '/data', false],
    ['1234', 'me:x:1234:0::/home/me:/bin/sh', '/home/me', true],
    ['me', 'me:x:1234:0::/home/me:/bin/sh', '/data', false],
    ['', undefined, '/data', false],
  ])('into HOME for the user %j with the line %j may be %s: %j', (user, line, home, may) => {
    const image = { text: () => line }
    expect(podmanHomes({ ...start, user, workingFolder: '/data' }, image).includes(home)).toBe(may)
  })
})

describe('a health check', () => {
  const start = { shell: [], healthCheck: [] } as unknown as Parameters<typeof healthProgram>[0]
  it.each([
    [['CMD', '/a', 'b'], [], ['/a', 'b']],
    [['CMD-SHELL', 'a b'], [], ['/bin/sh', '-c', 'a b']],
    [
      ['CMD-SHELL', 'a b'],
      ['/x', '-y'],
      ['/x', '-y', 'a b'],
    ],
    [['NONE'], [], undefined],
    [[], [], undefined],
  ])('%j with the shell %j runs %j', (healthCheck, shell, program) => {
    expect(healthProgram({ ...start, healthCheck, shell })).toEqual(program)
  })
})
