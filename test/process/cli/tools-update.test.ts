import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { changedRecipes, keepFiles } from '../../../src/cli/tools-update/files.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tools-update-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

it('names the recipes and the lock file that differ from the last commit, and nothing else', async () => {
  const folder = temporaryFolder()
  const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args], { stdio: 'pipe' })
  mkdirSync(join(folder, 'assets', 'tools', 'one'), { recursive: true })
  for (const name of ['tools/one/go.mod', 'tools.lock.json', 'icon.svg'])
    writeFileSync(join(folder, 'assets', name), '1')
  git('init', '--quiet')
  git('add', '.')
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '--quiet', '--message=t')
  const changed = () => changedRecipes(join(folder, 'assets'), new AbortController().signal)
  expect(await changed()).toEqual([])
  writeFileSync(join(folder, 'assets', 'icon.svg'), '2')
  expect(await changed()).toEqual([])
  writeFileSync(join(folder, 'assets', 'tools', 'one', 'go.mod'), '2')
  writeFileSync(join(folder, 'assets', 'tools.lock.json'), '2')
  expect(await changed()).toEqual(['assets/tools.lock.json', 'assets/tools/one/go.mod'])
})

it('has nothing to say outside a Git checkout', async () => {
  expect(await changedRecipes(temporaryFolder(), new AbortController().signal)).toEqual([])
})

it('restores the other files when one cannot be restored, and names that one', async () => {
  const folder = temporaryFolder()
  const [first, second] = [join(folder, 'gone', 'go.mod'), join(folder, 'go.sum')]
  mkdirSync(join(folder, 'gone'))
  writeFileSync(first, 'before')
  writeFileSync(second, 'before', { mode: 0o640 })
  chmodSync(second, 0o640)
  const kept = await keepFiles([first, second])
  rmSync(join(folder, 'gone'), { recursive: true })
  writeFileSync(second, 'after')
  expect(await kept.restore()).toEqual([expect.stringMatching(/^go\.mod: ENOENT/)])
  expect(readFileSync(second, 'utf8')).toBe('before')
})
