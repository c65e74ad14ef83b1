// Runs the bundle cases of a checkout of github.com/sigstore/sigstore-conformance against our program, each with the
// file and with its digest, as the suite's own test_verify does (test/test_bundle.py, test/client.py).
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'attestor-plugin.cjs')
const beacon =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main'
const actions = 'https://token.actions.githubusercontent.com'

const [checkout] = process.argv.slice(2)
const cases = join(checkout ?? '', 'test', 'assets', 'bundle-verify')
const help = checkout === '--help' || checkout === '-h'
if (help || checkout === undefined || !existsSync(cases)) {
  process[help ? 'stdout' : 'stderr'].write(
    'Usage: npm run conformance -- DIR   (a checkout of github.com/sigstore/sigstore-conformance)\n',
  )
  process.exit(help ? 0 : 2)
}

const textOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined)

function commandLine(folder, byDigest) {
  const own = join(folder, 'artifact')
  const artifact = existsSync(own) ? own : join(cases, 'a.txt')
  const [key, root] = [join(folder, 'key.pub'), join(folder, 'trusted_root.json')]
  const identity = textOf(join(folder, 'identity')) ?? beacon
  const issuer = textOf(join(folder, 'issuer')) ?? actions
  return [
    'verify-bundle',
    '--bundle',
    join(folder, 'bundle.sigstore.json'),
    ...(existsSync(key) ? ['--key', key] : ['--certificate-identity', identity, '--certificate-oidc-issuer', issuer]),
    ...(existsSync(root) ? ['--trusted-root', root] : []),
    byDigest ? `sha256:${createHash('sha256').update(readFileSync(artifact)).digest('hex')}` : artifact,
  ]
}

const run = (args) =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), said: stderr || stdout }),
    )
  })

const names = readdirSync(cases, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [each.name] : []))
let wrong = 0
for (const name of names.sort()) {
  for (const byDigest of [false, true]) {
    const { code, said } = await run(commandLine(join(cases, name), byDigest))
    // 0 and 1 are results; everything else is a crash or a misunderstanding.
    if (code === (name.endsWith('_fail') ? 1 : 0)) continue
    wrong += 1
    process.stdout.write(`WRONG  ${name}, by ${byDigest ? 'digest' : 'file'}: exit ${code}\n${said}\n`)
  }
}
process.stdout.write(
  `${names.length} cases, each by file and by digest: ${names.length * 2 - wrong} right, ${wrong} wrong\n`,
)
process.exitCode = wrong === 0 && names.length > 0 ? 0 : 1
