import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { goReason, requiredModules } from '../../../src/cli/tools-update/recipe.ts'
import { newerVersion, withVersion } from '../../../src/cli/tools-update/versions.ts'
import { ok } from '../../../src/core/domain/result.ts'
import { parseLockFile } from '../../../src/core/tools/lock-file.ts'

describe('a newer version of a module', () => {
  it.each([
    ['3.1.2', ['v3.1.1', 'v3.1.2', 'v3.1.3'], '3.1.3'],
    ['2.3.0', ['v2.4.2', 'v2.10.0', 'v2.4.1'], '2.10.0'],
    ['2.1.0', ['v2.1.0-rc.1', 'v2.2.0-rc.1'], null],
    ['1.8.8', ['v1.8.8', 'v2.0.0', 'v1.8.7'], null],
    ['1.8.8', ['garbage', '', 'v1.9.0+incompatible'], null],
    ['1.15.3', [], null],
  ])('than %s among %j is %s', (current, listed, expected) => {
    expect(newerVersion(current, listed)).toBe(expected)
  })
})

describe('the lock file with another version', () => {
  it('differs in that version only, and is still a lock file', async () => {
    const lock = await readFile(join(import.meta.dirname, '../../../assets/tools.lock.json'), 'utf8')
    const cosign = (text: string) => {
      const programs = parseLockFile(text, 'lock')
      return programs.ok ? programs.value.find(({ name }) => name === 'cosign')?.version : undefined
    }
    const now = cosign(lock) ?? ''
    const moved = withVersion(lock, 'cosign', now, '9.9.9') ?? ''
    expect(cosign(moved)).toBe('9.9.9')
    expect(moved.replace('"9.9.9"', `"${now}"`)).toBe(lock)
  })

  it('is refused when the program does not have the old version', () => {
    expect(withVersion('{\n    "cosign": {\n      "version": "3.1.2"', 'cosign', '3.1.1', '3.1.3')).toBeNull()
  })
})

describe('why Go failed', () => {
  it.each([
    [
      'go: downloading a v1\ngo: a@v1: reading proxy: 404\n\tserver response: not found',
      'go: a@v1: reading proxy: 404',
    ],
    [
      'go: finding module for package x\nx.go:1: ambiguous import: found in two modules:\n\ta',
      'x.go:1: ambiguous import: found in two modules:',
    ],
    ['# example.org/x\nx.go:3:1: undefined: y\n', 'x.go:3:1: undefined: y'],
    ['go: downloading a v1\n', undefined],
    ['', undefined],
  ])('is the first message that is not about progress: %j', (stderr, reason) => {
    expect(goReason(stderr)).toBe(reason)
  })
})

describe('what a recipe requires', () => {
  const recipe = { folder: '/recipe', packages: ['tool'] }
  const read = (name: string) => readFile(join(import.meta.dirname, '../../../assets/tools', name, 'go.mod'), 'utf8')
  /** `go mod edit -json`, as far as it is read. */
  const goOf = (text: string) => () => {
    const lines = [...text.matchAll(/^(?:require )?\t?(\S+) (v\S+)( \/\/ indirect)?$/gm)]
    const replaced = [...text.matchAll(/^\t(\S+) => \S+ (v\S+)$/gm)]
    const json = {
      Require: lines.map(([, path, version, indirect]) => ({
        Path: path?.replace('require ', ''),
        Version: version,
        Indirect: indirect !== undefined,
      })),
      Replace: replaced.map(([, path, version]) => ({ Old: { Path: path }, New: { Version: version } })),
    }
    return Promise.resolve(ok(JSON.stringify(json)))
  }

  it('are the modules that Kubernetes publishes with itself, which follow its version', async () => {
    const required = await requiredModules(goOf(await read('kubernetes')), recipe)
    if (!required.ok) throw new Error(required.error)
    expect(required.value.built).toBe('k8s.io/kubernetes')
    expect(required.value.published).toContain('k8s.io/kubelet')
    expect(required.value.published.length).toBe(31)
  })

  it('are none of these for another recipe, although it replaces a module', async () => {
    const text = await read('spire')
    expect(text).toContain(' => ')
    const required = await requiredModules(goOf(text), recipe)
    expect(required).toMatchObject({ ok: true, value: { built: 'github.com/spiffe/spire', published: [] } })
  })
})
