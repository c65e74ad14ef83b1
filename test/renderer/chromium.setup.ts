import { test } from 'playwright/test'
import { debianProgram } from '../harness/debian-program.ts'

test('a Chromium for the pages of the window', async () => {
  const chromium = await debianProgram('chromium', 'chromium', 'the pages of the window are tested in it')
  test.skip(chromium === undefined, 'There is no Chromium: sudo apt-get install chromium')
})
