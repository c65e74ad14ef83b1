import { launchApp } from './harness/app.ts'
import { expect, test } from './harness/fixtures.ts'

test('what a test evaluates in the main process interrupts none of its code', async () => {
  // Only calls that are not compiled into one another can be interrupted.
  const running = await launchApp({ args: ['--js-flags=--no-opt --no-sparkplug --no-maglev'] })
  await running.app.evaluate(() => {
    const timers: NodeJS.Timeout[] = []
    const arm = (at: number): void => {
      timers[at] = setTimeout(() => arm(at), 1)
    }
    const armAll = (): void => {
      for (let at = 0; at < 5_000; at++) {
        clearTimeout(timers[at])
        arm(at)
      }
    }
    Object.assign(globalThis, { armAll })
    armAll()
  })
  for (let round = 0; round < 40; round++) {
    await running.app.evaluate(() => (globalThis as unknown as { armAll: () => void }).armAll())
  }
  expect(running.stderr()).not.toContain('TypeError')
})
