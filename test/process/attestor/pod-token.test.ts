import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ImageLayers } from '../../../src/core/attestor/gates/launch/image-layers.ts'
import { besideToken } from '../../../src/core/attestor/gates/launch/pod/gate.ts'

const target = '/var/run/secrets/kubernetes.io/serviceaccount'
const token = [{ type: 'token', source: '/x', target, name: '', driver: '', readOnly: true }]
let base: string
let root: string
let layer: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'pod-token-'))
  ;[root, layer] = [join(base, 'root'), join(base, 'layer')]
  // As in Debian's images: a link from the root, which must not lead to this machine's own folder.
  for (const each of [root, layer]) {
    mkdirSync(join(each, 'var'), { recursive: true })
    symlinkSync('/run', join(each, 'var', 'run'))
  }
  mkdirSync(join(root, 'run/secrets/kubernetes.io/serviceaccount'), { recursive: true })
  for (const name of ['token', 'ca.crt', 'namespace', '..data', '..2026_11_30_06_00_00.123456789']) put(name)
})
afterEach(() => rmSync(base, { recursive: true }))

const put = (name: string): void => writeFileSync(join(root, 'run/secrets/kubernetes.io/serviceaccount', name), '')

it('the token of a pod is found through the image\u2019s own links, and nothing may be beside it', () => {
  expect(besideToken(token, root, new ImageLayers([layer]))).toBeUndefined()
  put('libevil.so')
  expect(besideToken(token, root, new ImageLayers([layer]))).toMatch(/^libevil\.so is mounted beside the token/)
  expect(besideToken([], root, new ImageLayers([layer]))).toBeUndefined()
})
