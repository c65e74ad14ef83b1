import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { judge } from '../../../src/core/tools/cache/inspect.ts'
import { parseLockFile } from '../../../src/core/tools/lock-file.ts'

const lock = parseLockFile(await readFile(new URL('../../../assets/tools.lock.json', import.meta.url), 'utf8'), 'lock')
if (!lock.ok) throw new Error(lock.error.found)
const programs = new Map(lock.value.map((program) => [program.name, program]))

const verdict = (name: string, output: string, answered = true) => {
  const program = programs.get(name)
  if (program === undefined) throw new Error(`no program ${name}`)
  return judge({ stamp: '', sha256: '', output, answered }, program)
}

const sigstore = (name: string, version: string): string =>
  `  ____ _\n\n${name}\n\nGitVersion:    ${version}\nGitCommit:     unknown\n`

describe('the version that a binary reports', () => {
  test.each([
    ['cosign', sigstore('cosign: A tool for Container Signing', 'v3.1.2'), '3.1.2'],
    ['fulcio', sigstore('fulcio: Fulcio', 'v1.8.8'), '1.8.8'],
    ['timestamp-server', sigstore('timestamp-server: Timestamp authority service', 'v2.1.3'), '2.1.3'],
    ['rekor-server', sigstore('rekor-server: Rekor signature transparency log server (POSIX)', 'v2.3.0'), '2.3.0'],
    ['spire', '1.15.3\n', '1.15.3'],
    ['spire', '1.15.3-dev-unk\n', '1.15.3-dev-unk'],
    ['registry', 'docker-registry github.com/docker/distribution 2.8.2+ds1\n', '2.8.2+ds1'],
    ['etcd', 'etcd Version: 3.4.23\nGit SHA: Not provided\n', '3.4.23'],
    ['kubernetes', 'Kubernetes v1.33.5\n', '1.33.5'],
    ['registry', '/usr/bin/registry github.com/distribution/distribution/v3 v3.0.0\n', '3.0.0'],
  ])('of %s is read from its own words', (name, output, version) => {
    expect(verdict(name, output)).toEqual({ fits: true, version })
  })

  test.each([
    ['cosign', sigstore('cosign: A tool', 'v3.1.0'), 'it reports version 3.1.0, and >=3.1.1 <4 is needed'],
    ['cosign', sigstore('cosign: A tool', 'v4.0.0'), 'it reports version 4.0.0, and >=3.1.1 <4 is needed'],
    ['cosign', sigstore('cosign: A tool', 'devel'), 'its version cannot be read'],
    [
      'rekor-server',
      sigstore('rekor-server: Rekor signature transparency log server (GCP)', 'v2.3.0'),
      'cannot be read',
    ],
    ['cosign', sigstore('fulcio: Fulcio', 'v3.1.2'), 'cannot be read'],
    ['kubernetes', 'Kubernetes v0.0.0-master+$Format:%H$\n', 'its version cannot be read'],
    ['spire', 'garbage \u001b[31m\u0007 1.15', 'what it prints: garbage  [31m  1.15'],
    ['spire', '', 'what it prints: nothing'],
  ])('of %s that does not fit is refused with the reason', (name, output, why) => {
    expect(verdict(name, output)).toEqual({ fits: false, why: expect.stringContaining(why) })
  })

  test('is read from the binary: one that fails is refused, whatever it printed', () => {
    expect(verdict('spire', 'exit code 3', false)).toEqual({
      fits: false,
      why: 'asked for its version, it answers: exit code 3',
    })
  })
})
