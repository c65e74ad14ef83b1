import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { noInspector } from '../../../src/core/process/no-inspector.ts'
import { portsOpened } from '../../harness/listening.ts'

let root: string
const inRoot = (...parts: string[]): string => join(root, ...parts)

/**
 * A clone with a stage 0, an npm that only records its arguments, and a build whose command line prints what it was
 * given.
 */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bootstrap-test-'))
  await mkdir(inRoot('src', 'cli'), { recursive: true })
  await mkdir(inRoot('bin'))
  for (const name of ['bootstrap.cjs', 'stage0-lock.cjs']) {
    await copyFile(new URL(`../../../src/cli/${name}`, import.meta.url), inRoot('src', 'cli', name))
  }
  await writeFile(inRoot('package.json'), '{}')
  await lock('1.0.0')
  await npm(installs('1.0.0'))
  await writeFile(
    inRoot('src', 'cli', 'build.mjs'),
    `import { appendFileSync, mkdirSync, copyFileSync } from 'node:fs'
     appendFileSync('log', 'build\\n'); mkdirSync('dist', { recursive: true }); copyFileSync('src/cli/cli.js', 'dist/cli.js')`,
  )
  await command("console.log('command', ...process.argv.slice(2))")
})
afterEach(() => rm(root, { recursive: true, force: true }))

const packages = (version: string): string =>
  `{"packages": {"node_modules/a": {"version": "${version}", "integrity": "x"}}}`
const lock = (version: string): Promise<void> => writeFile(inRoot('package-lock.json'), packages(version))
const installs = (version: string): string => `
  mkdir -p node_modules/vitest node_modules/vite/bin
  echo 'process.exit(0)' > node_modules/vitest/vitest.mjs
  echo 'import { appendFileSync } from "node:fs"; import { EOL } from "node:os"; appendFileSync("log", "page" + EOL)' > node_modules/vite/bin/vite.js
  echo '{"type": "module"}' > node_modules/vite/package.json
  echo '${packages(version)}' > node_modules/.package-lock.json`
const npm = async (script: string): Promise<void> => {
  await writeFile(inRoot('bin', 'npm'), `#!/bin/sh\necho "npm $1" >> log\necho "npm says something"\n${script}\n`)
  await chmod(inRoot('bin', 'npm'), 0o755)
}
const command = (source: string): Promise<void> =>
  writeFile(inRoot('src', 'cli', 'cli.js'), `require('fs').appendFileSync('log', 'cli\\n');${source}`)
const log = async (): Promise<string[]> => {
  const lines = (await readFile(inRoot('log'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
  await rm(inRoot('log'), { force: true })
  return lines
}

function start(
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
  node: readonly string[] = [noInspector, 'src/cli/bootstrap.cjs'],
) {
  const child = spawn(process.execPath, [...node, ...words], {
    cwd: root,
    env: { PATH: `${inRoot('bin')}:/usr/bin:/bin`, HOME: root, XDG_CACHE_HOME: inRoot('cache'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]).then(
    ([[code, signal], stdout, stderr]) => ({ code, signal, stdout, stderr }),
  )
  return { child, ended }
}
const run = (...words: string[]) => start(words).ended

describe('stage 0', () => {
  test('installs, builds and runs the command, and leaves stdout to the command', async () => {
    const { code, stdout, stderr } = await run('story', '--json')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'command story --json\n' })
    expect(stderr).toContain('npm says something')
    expect(await log()).toEqual(['npm install', 'build', 'cli'])
  })

  test('repeats none of this while nothing has changed, and prints nothing', async () => {
    await run('doctor')
    await log()
    expect(await run('doctor')).toMatchObject({ code: 0, stderr: '' })
    expect(await log()).toEqual(['cli'])
  })

  test('builds again when a source has changed, and installs again when the lock has', async () => {
    await run('doctor')
    await log()
    await writeFile(inRoot('src', 'new.ts'), 'export {}')
    await run('doctor')
    expect(await log()).toEqual(['build', 'cli'])
    await lock('2.0.0')
    await npm(installs('2.0.0'))
    await run('doctor')
    expect(await log()).toEqual(['npm install', 'build', 'cli'])
  })

  test('repeats an interrupted installation or build', async () => {
    await npm('exit 7')
    const broken = await run('doctor')
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('npm install ended with exit code 7') })
    await npm(installs('1.0.0'))
    await command('this is no JavaScript')
    await run('doctor')
    expect(await log()).toEqual(['npm install', 'npm install', 'build'])
  })

  test('does not use packages that differ from the lock', async () => {
    await npm(installs('1.0.1'))
    const { code, stderr } = await run('doctor')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('npm installed node_modules/a otherwise'),
    })
  })

  test('passes the exit code of the command on', async () => {
    await command('process.exit(3)')
    expect((await run('doctor')).code).toBe(3)
  })

  test('returns 128 + n when signal n ended the command', async () => {
    await command("process.kill(process.pid, 'SIGKILL')")
    expect((await run('doctor')).code).toBe(137)
  })

  test('forwards a request to stop, waits for the command to stop in order, and passes its code on', async () => {
    await command(
      "process.on('SIGTERM', () => setTimeout(() => process.exit(130), 50)); console.log('up'); setInterval(() => {}, 1000)",
    )
    const { child, ended } = start(['story'])
    await once(child.stdout, 'readable')
    child.kill('SIGTERM')
    expect((await ended).code).toBe(130)
  })

  test('that is killed is noticed by the command, which has no other way to know', async () => {
    const file = inRoot('missed')
    await command(
      `process.once('disconnect', () => { require('node:fs').writeFileSync(${JSON.stringify(file)}, ''); process.exit() }); console.log('up')`,
    )
    const { child, ended } = start(['story'])
    await once(child.stdout, 'readable')
    child.kill('SIGKILL')
    await ended
    await expect.poll(() => existsSync(file)).toBe(true)
  })

  test('runs setup before the tests, and the tests only when it succeeded', async () => {
    expect((await run('test', 'a.test.ts')).code).toBe(0)
    expect(await log()).toEqual(['npm install', 'build', 'page', 'cli', 'cli'])
    await command('process.exit(1)')
    expect((await run('test')).code).toBe(1)
  })

  test('builds the page of the window for commands that show it, and again when it has changed', async () => {
    await run('story')
    expect(await log()).toEqual(['npm install', 'build', 'cli'])
    await run('window')
    expect(await log()).toEqual(['page', 'cli'])
    await run('window')
    expect(await log()).toEqual(['cli'])
    await mkdir(inRoot('renderer'))
    await writeFile(inRoot('renderer', 'main.tsx'), 'changed')
    await run('window')
    expect(await log()).toEqual(['page', 'cli'])
  })

  test('says that an old Node is too old, before anything else', async () => {
    const old = "Object.defineProperty(process.versions,'node',{value:'20.17.0'});require('./src/cli/bootstrap.cjs')"
    const { code, stderr } = await start(['story'], {}, ['-e', old]).ended
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/needs Node 20\.18 or newer.* 20\.17\.0/),
    })
    expect(await log()).toEqual([])
  })

  test('says what is missing if there is no npm', async () => {
    const { code, stderr } = await start(['story'], { PATH: inRoot('empty') }).ended
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('npm is not in PATH') })
  })

  test('installs once when two start at once', async () => {
    await npm(`sleep 0.3; ${installs('1.0.0')}`)
    const both = await Promise.all([run('doctor'), run('doctor')])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    expect((await log()).filter((line) => line === 'npm install')).toHaveLength(1)
  })

  test('takes over the lock of a killed start', async () => {
    await npm('kill -9 $PPID')
    expect((await run('doctor')).signal).toBe('SIGKILL')
    await npm(installs('1.0.0'))
    expect((await run('doctor')).code).toBe(0)
  })

  test.each([
    ['of a holder that is gone', `${2 ** 22 - 1}`],
    ['that is empty', ''],
  ])('installs once when five start at once over a lock %s', { timeout: 60_000 }, async (_, content) => {
    await npm(`sleep 0.5; ${installs('1.0.0')}`)
    await writeFile(inRoot('.stage0.lock'), content)
    const all = await Promise.all(Array.from({ length: 5 }, () => run('doctor')))
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0])
    expect((await log()).filter((line) => line === 'npm install')).toHaveLength(1)
    expect((await readdir(root)).filter((name) => name.startsWith('.stage0'))).toEqual([])
  })

  test('names what a start left that was killed while it took over a lock', async () => {
    await writeFile(inRoot('.stage0.lock'), '')
    await mkdir(inRoot('.stage0.lock.lock'))
    const before = new Date(Date.now() - 60_000)
    await utimes(inRoot('.stage0.lock.lock'), before, before)
    const { code, stderr } = await run('doctor')
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('rmdir ') })
  })

  test('opens no inspector, nor does the command, on SIGUSR1 or by NODE_OPTIONS', async () => {
    await command("console.log(process.pid); process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)")
    const { child, ended } = start(['story'], { NODE_OPTIONS: '--inspect=127.0.0.1:0' })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const pids = [child.pid ?? 0, Number(line.toString())]
    expect(await Promise.all(pids.map((pid) => portsOpened(pid)))).toEqual([[], []])
    for (const pid of pids) process.kill(pid, 'SIGUSR1')
    expect(await Promise.all(pids.map((pid) => portsOpened(pid)))).toEqual([[], []])
    child.kill('SIGTERM')
    expect((await ended).stderr).not.toContain('Debugger listening')
  })

  test('passes none of Node’s variables on but additional CAs; npm gets them all', async () => {
    await npm(`echo "npm has $NODE_OPTIONS" >> log; ${installs('1.0.0')}`)
    await command("console.log(JSON.stringify(Object.keys(process.env).filter((name) => name.startsWith('NODE_'))))")
    const given = { NODE_OPTIONS: '--no-warnings', NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_EXTRA_CA_CERTS: '/ca.pem' }
    const { stdout } = await start(['doctor'], given).ended
    expect(JSON.parse(stdout)).toEqual(['NODE_EXTRA_CA_CERTS'])
    expect(await log()).toContain('npm has --no-warnings')
  })

  test('runs the command under the Node of the packages, and builds and tests under the machine’s', async () => {
    const packaged = `node_modules/node-linux-${process.arch}/bin`
    const wrapper = `printf '#!/bin/sh\necho packaged >> log\nexec ${process.execPath} "$@"\n'`
    await npm(`${installs('1.0.0')}\nmkdir -p ${packaged}; ${wrapper} > ${packaged}/node; chmod +x ${packaged}/node`)
    await run('doctor')
    expect(await log()).toEqual(['npm install', 'build', 'packaged', 'cli'])
    await run('test')
    expect(await log()).toEqual(['page', 'packaged', 'cli', 'cli'])
  })
})
