import { test } from 'playwright/test'
import { installDesktop } from './desktop.ts'

test('the window’s runtime, its libraries, and an X server without a screen', async () => {
  await installDesktop()
})
