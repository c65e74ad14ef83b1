import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { owner } from '../../../src/core/containers/labels.ts'

afterEach(() => vi.unstubAllEnvs())

const ownerIn = (runtime: string | undefined): string => {
  vi.stubEnv('XDG_RUNTIME_DIR', runtime)
  return owner()
}

it('a session whose lock is elsewhere owns other containers and images, of the same user too', () => {
  const [desktop, cron, other] = [ownerIn('/run/user/1000'), ownerIn(undefined), ownerIn('/run/user/1001')]
  expect(new Set([desktop, cron, other]).size).toBe(3)
  expect(ownerIn('/run/user/1000')).toBe(desktop)
  expect(desktop).toMatch(new RegExp(`^uid-${process.getuid?.()}-[0-9a-f]{12}$`))
})

it('a link to the runtime folder changes nothing', () => {
  const folder = mkdtempSync('/tmp/labels-')
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'run', 'sigstore-attestor'), { recursive: true })
  symlinkSync(join(folder, 'run'), join(folder, 'link'))
  expect(ownerIn(join(folder, 'link'))).toBe(ownerIn(join(folder, 'run')))
})
