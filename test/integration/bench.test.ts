import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, expect, it } from 'vitest'
import { dist, root, temporaryFolders } from './harness/session.ts'
import { mountsNaming, processesNaming } from './harness/traces.ts'
import { program } from './programs.ts'

const where = temporaryFolders()
afterAll(() => where.remove())

// In a short form, so that it keeps working. What it measures on a busy machine means nothing.
it.skipIf(program('cosign') === undefined || program('dockerd') === undefined)(
  'the bench of the attestor measures with real agents and containers, and leaves nothing',
  { timeout: 900_000 },
  async () => {
    const args = ['bench', '--only', 'attestor', '--rounds', '3', '--containers', '3']
    const { stdout, stderr, exitCode } = await execa(process.execPath, [join(dist, 'cli.js'), ...args], {
      cwd: root,
      env: where.env,
      reject: false,
    })
    expect(exitCode, stderr).toBe(0)
    for (const ratio of ['cold / bare cosign verify', 'warm / built-in', '3 at once: warm / built-in']) {
      const line = stdout.split('\n').find((each) => each.startsWith(ratio))
      expect(Number(line?.trim().split(/\s+/).at(-1)), stdout).toBeGreaterThan(0)
    }
    for (const ratio of ['in pods: cold / bare cosign verify', 'in pods: warm / built-in docker']) {
      const line = stdout.split('\n').find((each) => each.startsWith(ratio))
      expect(Number(line?.trim().split(/\s+/).at(-1)), stdout).toBeGreaterThan(0)
    }
    expect(stdout).toMatch(/in pods: 3 containers at once, image cached +\d+ SVIDs\/s/)
    for (const part of ['gate container', 'gate signer', 'agent and transport']) {
      expect(stdout).toMatch(new RegExp(`${part} +median [\\d.]+ ms, p95 [\\d.]+ ms \\(n=3\\)`))
    }
    expect(stdout).toMatch(/3 containers at once, built-in +\d+ SVIDs\/s, p95 \d+ ms, agent and plugin \d+ MB/)
    for (const folder of [where.state, where.runtime]) {
      expect([processesNaming(folder), mountsNaming(folder)]).toEqual([[], []])
    }
  },
)
