import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startPrivateEngine } from '../../../src/core/containers/engine/private-engine.ts'
import { makeTlsAuthority } from '../../harness/tls-authority.ts'
import { networkInterfaces } from '../../integration/harness/traces.ts'

// A machine with another engine's network refuses before anything starts.
const otherEngine = networkInterfaces().includes('docker0')

function daemon(script: string) {
  const root = mkdtempSync(join(tmpdir(), 'fake-dockerd-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const dockerd = join(root, 'dockerd')
  writeFileSync(dockerd, `#!/bin/sh\n${script}\n`)
  chmodSync(dockerd, 0o755)
  const folders = { folder: join(root, 'engine'), runtimeDir: join(root, 'run'), pidFolder: join(root, 'pids') }
  return { root, dockerd, ...folders, logFile: join(root, 'dockerd.log') }
}

it.skipIf(otherEngine)('reports the last output of a daemon that cannot start', async () => {
  const spec = daemon('echo "failed to start daemon: Error initializing network controller"; exit 1')
  expect(await startPrivateEngine(spec)).toMatchObject({
    ok: false,
    error: {
      code: 'engine.service-exited',
      found: 'failed to start daemon: Error initializing network controller',
      evidence: { exitCode: 1 },
    },
  })
  expect(readdirSync(spec.pidFolder)).toEqual([])
})

it.skipIf(otherEngine)(
  'is started without bridge, firewall rules and forwarding, and with folders of its own only',
  async () => {
    const spec = daemon('for each in "$@"; do echo "error: $each"; done; exit 1')
    const result = await startPrivateEngine(spec)
    const args = result.ok ? [] : (result.error.evidence?.command?.slice(1) ?? [])
    for (const flag of [
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--ip-forward=false',
      '--ip-masq=false',
    ]) {
      expect(args).toContain(flag)
    }
    const paths = args.map((arg) => /=(?:unix:\/\/)?(\/.*)/.exec(arg)?.[1]).filter((path) => path !== undefined)
    expect(paths.length).toBe(5)
    for (const path of paths) expect(path.startsWith(spec.root)).toBe(true)
  },
)

it.skipIf(otherEngine)('is given up at once when its containerd ends while it starts', async () => {
  const spec = daemon(`
    for each in "$@"; do case $each in --exec-root=*) root=\${each#--exec-root=};; esac; done
    mkdir -p $root/containerd
    sleep 60 & echo $! > $root/containerd/containerd.pid
    sleep 0.5; kill $!; wait $!
    exec sleep 60`)
  expect(await startPrivateEngine(spec)).toMatchObject({
    ok: false,
    error: { code: 'engine.containerd-ended', found: 'containerd ended' },
  })
  expect(readdirSync(spec.pidFolder)).toEqual([])
})

it.skipIf(otherEngine)('does not take a process for containerd that an old file names', async () => {
  const other = spawn('sleep', ['60'])
  onTestFinished(() => void other.kill())
  const spec = daemon('exec sleep 60')
  mkdirSync(join(spec.runtimeDir, 'exec', 'containerd'), { recursive: true })
  writeFileSync(join(spec.runtimeDir, 'exec', 'containerd', 'containerd.pid'), `${other.pid}`)
  const late = setTimeout(() => other.kill(), 1_000)
  const result = await startPrivateEngine({ ...spec, signal: AbortSignal.timeout(3_000) })
  clearTimeout(late)
  expect(result).toMatchObject({ ok: false, error: { code: 'run.cancelled' } })
})

it.skipIf(otherEngine)('trusts more CAs, besides the system’s and in a folder of its own', async () => {
  const spec = daemon('echo "error: $SSL_CERT_DIR"; cat "${SSL_CERT_DIR##*:}"/*; exit 1')
  const file = join(spec.root, 'authority.pem')
  const { certificate } = await makeTlsAuthority()
  writeFileSync(file, certificate)
  const result = await startPrivateEngine({ ...spec, caFiles: [file] })
  const folders = process.env['SSL_CERT_DIR'] ?? '/etc/ssl/certs:/etc/pki/tls/certs'
  expect(result).toMatchObject({
    ok: false,
    error: { found: `error: ${folders}:${join(spec.folder, 'authorities')}` },
  })
  expect(readFileSync(spec.logFile, 'utf8')).toContain(certificate.split('\n')[1])

  writeFileSync(file, 'no certificate')
  const refused = await startPrivateEngine({ ...spec, caFiles: [file] })
  expect(refused).toMatchObject({ ok: false, error: { code: 'registry.tls-authority', found: 'no certificate' } })
})

it.skipIf(otherEngine)('ends a daemon that is cancelled before it responds', async () => {
  const spec = daemon('echo > "${0%/*}/started"; exec sleep 600')
  const stop = new AbortController()
  const [result] = await Promise.all([
    startPrivateEngine({ ...spec, signal: stop.signal }),
    expect
      .poll(() => existsSync(join(spec.root, 'started')))
      .toBe(true)
      .then(() => stop.abort('test')),
  ])
  expect(result).toMatchObject({ ok: false, error: { code: 'run.cancelled' } })
  expect(readdirSync(spec.pidFolder)).toEqual([])
})
