// Makes the attestor one executable that needs no Node: the Node of our packages with our bundle injected (nodejs.org,
// "Single executable applications"). Runs after the build, which makes the file for machines with a Node.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inject } from 'postject'

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  process.stdout.write(
    'Usage: npm run build:attestor [-- --check]\n\n  Makes dist/sigstore-attestor, one executable that needs no Node.\n\n  --check  makes nothing; fails when the executable is not from the present build\n',
  )
  process.exit(0)
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const dist = join(root, 'dist')
// Not the Node that runs this: Node 20 cannot be kept from opening its inspector on SIGUSR1.
const node = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')
const file = join(dist, 'attestor-plugin.cjs')
const executable = join(dist, 'sigstore-attestor')

if (process.platform !== 'linux') {
  process.stderr.write(`The executable is made on Linux, where container engines run; the file for Node is ${file}.\n`)
  process.exit(1)
}
if (!existsSync(node)) {
  process.stderr.write(`The Node for the executable is not there: ${node}. Run npm install.\n`)
  process.exit(1)
}

// Made again only from something else: one that runs keeps its file.
const stamp = join(dist, '.executable-built-from')
const sources = await Promise.all([file, node, fileURLToPath(import.meta.url)].map((each) => readFile(each)))
const hash = createHash('sha256')
for (const source of sources) hash.update(source)
const from = hash.digest('hex')
const builtFrom = async () => `${from} ${(await stat(executable)).size}`
const known = await readFile(stamp, 'utf8').catch(() => undefined)
if (known !== undefined && existsSync(executable) && known === (await builtFrom())) {
  process.stdout.write(`${file}\n${executable}, as it was\n`)
  process.exit(0)
}
if (process.argv.includes('--check')) {
  const found = existsSync(executable) ? 'is from another build' : 'is not there'
  process.stderr.write(`${executable} ${found}. Run npm run build:attestor.\n`)
  process.exit(1)
}

const folder = await mkdtemp(join(dist, 'executable-'))
try {
  const main = join(folder, 'main.cjs')
  // Inside an executable there is no shebang line.
  await writeFile(main, (await readFile(file, 'utf8')).replace(/^#!.*\n/, ''))
  const output = join(folder, 'blob')
  const configuration = join(folder, 'configuration.json')
  const flags = {
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: true,
    // No inspector by a signal, nothing by NODE_OPTIONS, and no module that OPENSSL_CONF names.
    execArgv: ['--disable-sigusr1', '--openssl-config=/dev/null'],
    execArgvExtension: 'none',
  }
  await writeFile(configuration, JSON.stringify({ main, output, ...flags }))
  await promisify(execFile)(node, ['--experimental-sea-config', configuration])
  const made = join(folder, 'sigstore-attestor')
  await copyFile(node, made)
  await chmod(made, 0o755)
  // The fuse by which Node knows that something was injected; the same for every release.
  await inject(made, 'NODE_SEA_BLOB', await readFile(output), {
    sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
  })
  const { stdout } = await promisify(execFile)(made, ['--version'])
  await rename(made, executable)
  await writeFile(stamp, await builtFrom())
  const { size } = await stat(executable)
  process.stdout.write(`${file}\n${executable}, version ${stdout.trim()}, ${Math.round(size / 1024 / 1024)} MB\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
