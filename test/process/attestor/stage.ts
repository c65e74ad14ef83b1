import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestRunner } from 'vitest'
import { attestorConfig } from '../../../src/core/attestor/config/parse.ts'
import type { AttestorConfigFile } from '../../../src/core/attestor/config/schema.ts'
import { readClaims, readDecisions } from '../../../src/core/attestor/records/records.ts'
import type { DecisionRecord } from '../../../src/core/domain/gate.ts'
import { digestHex } from '../../../src/core/domain/oci/digest.ts'
import { type FixtureImage, imageA, trustedRootFile } from '../../fixtures/sigstore-fixtures.ts'
import { FakeEngine } from './fake-engine.ts'
import { FakeRegistry } from './fake-registry.ts'
import { FakeRoot, type Mounted } from './fake-root.ts'
import { longestDeadlineMs } from './plugin-host.ts'

/** A socket that an ordinary user owns counts as a rootless engine's; tests may run as one. */
export const prefix = process.getuid?.() === 0 ? '' : 'rootless:'

export const containerId = 'c'.repeat(64)
export const initPid = 4000
export const workloadPid = 4001

/** A machine for one test: an engine, a registry, a cosign, and a process file system with one container. */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'attestor-test-'))
  readonly engine = new FakeEngine(this.folder)
  readonly registry = new FakeRegistry()
  readonly records = join(this.folder, 'records')
  readonly proc = join(this.folder, 'proc')
  readonly root = new FakeRoot(this.folder)
  readonly #cosign = join(this.folder, 'cosign')

  async start(): Promise<this> {
    await this.engine.start()
    await this.registry.start()
    this.cosign('echo "Verified OK" >&2')
    mkdirSync(this.proc, { recursive: true })
    writeFileSync(join(this.proc, 'uptime'), '1000.00 900.00\n')
    this.process(initPid, '111', `0::/docker/${containerId}\n`)
    this.process(workloadPid, '222', `0::/docker/${containerId}\n`, initPid)
    return this
  }

  async stop(): Promise<void> {
    // What an attestation answers is brief; the record says which gate it was, and why.
    if (TestRunner.getCurrentTest()?.result?.state === 'fail')
      console.error(JSON.stringify(await this.decision().catch(String)))
    await this.engine.stop()
    await this.registry.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  get repository(): string {
    return `${this.registry.host}/demo/hello`
  }

  /** The container runs this image, which the registry has. */
  run(
    image: FixtureImage,
    repoDigests: readonly string[] = [`${this.repository}@${image.digest}`],
    launched?: object,
  ): void {
    this.engine.containers.set(containerId, { image: image.id, pid: initPid, ...(launched && { launched }) })
    this.engine.repoDigests.set(image.id, repoDigests)
    this.registry.manifest(image.manifest)
  }

  /** A process as /proc shows it, in the session of the container's first process unless another is named. */
  process(pid: number, startTime: string, cgroup: string, parent = 1, session = initPid): void {
    const folder = this.procOf(pid)
    mkdirSync(folder, { recursive: true })
    const fields = ['S', String(parent), '0', String(session), ...Array(15).fill('0'), startTime, '0']
    writeFileSync(join(folder, 'stat'), `${pid} (odd) name) ${fields.join(' ')}\n`)
    writeFileSync(join(folder, 'cgroup'), cgroup)
    this.root.process(folder, pid)
  }

  /** What /proc has about a process. */
  procOf(pid: number): string {
    return join(this.proc, String(pid))
  }

  /** What is mounted in the container besides the usual mounts. */
  mount(more: Mounted): void {
    writeFileSync(join(this.procOf(initPid), 'mountinfo'), this.root.mountinfo(more))
  }

  /**
   * Makes cosign a small shell script; each run leaves a line with its arguments. The known answer that a configuration
   * is checked with gets the real one's output, so that a test is about what comes later.
   */
  cosign(body: string): void {
    this.program(`case "$*" in *known-answer*) case "$*" in
*--digest=${digestHex(imageA.digest)}*) echo "Verified OK" >&2; exit 0;;
*) echo "Error: provided artifact digest does not match any digest in statement" >&2; exit 1;;
esac;; esac
echo "$*" >> "${this.folder}/cosign-runs"
${body}`)
  }

  /** Makes cosign this shell script and nothing else. */
  program(body: string): void {
    rmSync(this.#cosign, { force: true })
    writeFileSync(this.#cosign, `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  }

  cosignRuns(): readonly string[] {
    const file = join(this.folder, 'cosign-runs')
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  }

  config(more: Partial<AttestorConfigFile> = {}): string {
    return attestorConfig({
      engineSocket: this.engine.socket,
      registries: [{ host: this.registry.host, plainHttp: true }],
      trustedRoot: trustedRootFile,
      cosign: { path: this.#cosign },
      records: this.records,
      procFolder: this.proc,
      rootless: prefix === '' ? 'refuse' : 'allow',
      // The longest: the first verification starts cosign, beside other tests.
      deadlineMs: longestDeadlineMs,
      ...more,
    })
  }

  /** The newest record about the container, or about a process that only claimed it. */
  async decision(): Promise<DecisionRecord> {
    const claims = await readClaims(this.records, containerId)
    const records = [...(await readDecisions(this.records, containerId)), ...claims]
    const record = records.toSorted((one, other) => one.at.localeCompare(other.at)).at(-1)
    if (record === undefined) throw new Error('there is no decision record')
    return record
  }

  /** The failed gate in the newest record, with its verdict. */
  async fell(): Promise<string> {
    const { gates } = await this.decision()
    const gate = gates.find((each) => each.verdict !== 'passed' && each.verdict !== 'not-checked')
    return gate === undefined ? 'none' : `${gate.id} ${gate.verdict}`
  }
}
