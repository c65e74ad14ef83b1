// `npm run pictures`: runs the story on the real engine and keeps the two pictures that README shows.
import { spawnSync } from 'node:child_process'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  process.stdout.write('Usage: npm run pictures\n\n  Runs the story in Chromium and renews the pictures of README.\n')
  process.exit(0)
}

const root = join(import.meta.dirname, '..', '..')
const tests = spawnSync(
  process.execPath,
  [join(root, 'src/cli/bootstrap.cjs'), 'test', 'test/story/chromium.spec.ts'],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
if (tests.status !== 0) process.exit(tests.status ?? 1)
const to = join(root, 'docs', 'pictures')
await mkdir(to, { recursive: true })
for (const [from, name] of [
  ['signed-attest', 'signed.png'],
  ['tampered-attest', 'denied.png'],
]) {
  await copyFile(join(root, 'test-results', 'pictures', `${from}.png`), join(to, name))
}
