import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readCommand } from '../../../src/core/attestor/command/arguments.ts'

// The units for systemd as an operator copies them from the documentation.

const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'attestor.md'), 'utf8')
const units = new Map(
  [...text.matchAll(/^`\/etc\/systemd\/system\/([a-z-]+\.[a-z]+)`:\n\n((?: {4}.*\n|\n)+)/gm)].map(
    ([, name = '', body = '']) => [name, body.replaceAll(/^ {4}/gm, '')] as const,
  ),
)
const folder = mkdtempSync(join(tmpdir(), 'units-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('there are an agent, its plugin\u2019s watchdog, and a timer', () => {
  expect([...units.keys()]).toEqual(['spire-agent.service', 'spire-agent-health.service', 'spire-agent-health.timer'])
})

it('each call of our program is a valid one', () => {
  const calls = [...units.values()].join('\n').matchAll(/\/usr\/local\/bin\/sigstore-attestor ?(.*)$/gm)
  const commands = [...calls].map(([, args = '']) => readCommand(args.split(' ')))
  expect(commands.map((command) => command.ok && command.value.name)).toEqual(['health', 'health'])
})

describe.skipIf(!existsSync('/usr/bin/systemd-analyze'))('systemd', () => {
  it('finds nothing wrong with them', () => {
    for (const [name, body] of units) {
      writeFileSync(join(folder, name), body.replaceAll(/\/usr\/local\/bin\/\S+/g, '/bin/true'))
    }
    const files = [...units.keys()].map((name) => join(folder, name))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...files], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})
