import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ImageLayers } from '../../../src/core/attestor/gates/launch/image-layers.ts'
import { ownFiles } from '../../../src/core/attestor/gates/launch/own-files.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layers-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A layer with these files; null is a whiteout, a text that begins with `->` a link, one that ends with / a folder. */
function layer(name: string, files: Readonly<Record<string, string | null>>): string {
  const root = join(folder, name)
  mkdirSync(root)
  for (const [path, text] of Object.entries(files)) {
    const place = join(root, path)
    mkdirSync(path.endsWith('/') ? place : dirname(place), { recursive: true })
    if (text === null) execFileSync('mknod', [place, 'c', '0', '0'])
    else if (text.startsWith('->')) symlinkSync(text.slice(2), place)
    else if (!path.endsWith('/')) writeFileSync(place, text)
  }
  return root
}

// A whiteout is a device, which only root can create.
describe.skipIf(process.getuid?.() !== 0)('the layers of an image (needs root)', () => {
  const image = (): ImageLayers =>
    new ImageLayers([
      layer('top', { 'app/run': 'new', gone: null, 'etc/': '', a: 'file over a folder', 'b/in': 'x' }),
      layer('middle', { 'app/run': 'old', 'app/more': 'x', 'etc/gone': null, 'var/run': '->/run', b: 'hidden' }),
      layer('bottom', {
        'gone/x': 'x',
        'etc/gone': 'x',
        'etc/kept': 'kept',
        'a/x': 'x',
        'run/lock/x': 'x',
        circle: '->/circle',
        up: '->../../run',
        'b/below': 'x',
      }),
    ])

  it('may have a folder with more names than are read', () => {
    const many = (first: number, names: number) =>
      Object.fromEntries(Array.from({ length: names }, (_, index) => [`many/${first + index}`, '']))
    const [one, two] = [layer('one', many(0, 4_000)), layer('two', many(4_000, 200))]
    expect(new ImageLayers([one]).names('/many')).toHaveLength(4_000)
    expect(new ImageLayers([one, two]).names('/many')).toBeUndefined()
  })

  it('are read by overlay\u2019s rules', () => {
    const layers = image()
    expect(layers.text('/app/run')).toBe('new')
    expect(layers.text('/etc/kept')).toBe('kept')
    expect(layers.names('/app')).toEqual(['run', 'more'])
    expect(layers.names('/etc')).toEqual(['kept'])
    expect(
      ['/gone', '/gone/x', '/etc/gone', '/a/x', '/b/below', '/none', '/app/run/x'].map((p) => layers.facts(p)),
    ).toEqual(Array(7).fill(undefined))
    expect(layers.facts('/a')?.kind).toBe('file')
    expect(layers.names('/b')).toEqual(['in'])
    expect(layers.names('/none')).toEqual([])
    expect(layers.facts('/var/run')?.kind).toBe('link')
    expect(layers.facts('/')?.kind).toBe('folder')
  })

  it('lead where their links lead, and never out of the image', () => {
    const layers = image()
    expect(layers.resolve('/var/run/agent')).toBe('/run/agent')
    expect(layers.resolve('/up/agent')).toBe('/run/agent')
    expect(layers.resolve('/none/at/all')).toBe('/none/at/all')
    expect(layers.resolve('/circle/x')).toBeUndefined()
  })

  it('are found if the engine names them by links, as Docker does', () => {
    symlinkSync(layer('linked', { 'etc/kept': 'kept' }), join(folder, 'l'))
    const layers = new ImageLayers([join(folder, 'l')])
    expect(layers.facts('/')?.kind).toBe('folder')
    expect(layers.names('/')).toEqual(['etc'])
    expect(layers.text('/etc/kept')).toBe('kept')
  })

  it('that are missing cannot be read', () => {
    expect(() => new ImageLayers([join(folder, 'none')])).toThrow('ENOENT')
  })
})

describe('a container\u2019s own files', () => {
  it('are listed parents first, with kind, mode and link targets, and links are not followed', () => {
    const upper = layer('own', { 'a/b': 'xy', 'a/l': '->/etc', 'c/': '' })
    chmodSync(join(upper, 'c'), 0o1777)
    const files = ownFiles(upper) ?? []
    expect(files.map(({ path, kind }) => `${path} ${kind}`).toSorted()).toEqual([
      '/ folder',
      '/a folder',
      '/a/b file',
      '/a/l link',
      '/c folder',
    ])
    expect(files.findIndex(({ path }) => path === '/a')).toBeLessThan(files.findIndex(({ path }) => path === '/a/b'))
    expect(files.find(({ path }) => path === '/a/l')?.target).toBe('/etc')
    expect(files.find(({ path }) => path === '/c')?.mode).toBe(0o1777)
    expect(files.find(({ path }) => path === '/a/b')).toMatchObject({ size: 2, deleted: false })
  })

  it('are too many beyond 256, and none behind a link', () => {
    const upper = layer('own', Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`f/${index}`, ''])))
    expect(ownFiles(upper)).toBeUndefined()
    symlinkSync(upper, join(folder, 'link'))
    expect(() => ownFiles(join(folder, 'link'))).toThrow()
  })
})
