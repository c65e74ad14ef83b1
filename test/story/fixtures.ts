import { readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lock } from 'proper-lockfile'
import { test as base } from '../ui/harness/fixtures.ts'

export { expect } from 'playwright/test'

/** Tests of the whole story. One worker of a network namespace at a time, as one port of the sandbox is fixed. */
export const test = base.extend<object, { readonly alone: undefined }>({
  alone: [
    async ({}, use) => {
      const namespace = readlinkSync('/proc/self/ns/net').replaceAll(/\D/g, '')
      const file = join(tmpdir(), `sigstore-attestor-story-${namespace}`)
      const release = await lock(file, {
        realpath: false,
        stale: 30_000,
        retries: { forever: true, maxTimeout: 1_000 },
      })
      await use(undefined)
      await release()
    },
    { scope: 'worker', auto: true, timeout: 0 },
  ],
})
