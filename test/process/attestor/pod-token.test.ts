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
  mkdirSync(inToken(time))
  for (const name of ['token', 'ca.crt', 'namespace']) {
    put(`${time}/${name}`)
    symlinkSync(`..data/${name}`, inToken(name))
  }
  symlinkSync(time, inToken('..data'))
})
afterEach(() => rmSync(base, { recursive: true }))

const time = '..2026_11_30_06_00_00.123456789'
const inToken = (name: string): string => join(root, 'run/secrets/kubernetes.io/serviceaccount', name)
const put = (name: string): void => writeFileSync(inToken(name), '')

it('the token of a pod is found through the image\u2019s own links, and nothing may be beside it', () => {
  expect(besideToken(token, root, new ImageLayers([layer]))).toBeUndefined()
  put('libevil.so')
  expect(besideToken(token, root, new ImageLayers([layer]))).toMatch(/^libevil\.so is mounted beside the token/)
  expect(besideToken([], root, new ImageLayers([layer]))).toBeUndefined()
})

it('the author of a pod, who can make a volume of the token\u2019s name, gets no folder into it', () => {
  rmSync(inToken(`${time}/token`))
  mkdirSync(inToken(`${time}/token`))
  put(`${time}/token/run`)
  expect(besideToken(token, root, new ImageLayers([layer]))).toMatch(/^token is mounted beside the token/)
})
