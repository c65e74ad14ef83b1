import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'playwright/test'
import type { Folders } from '../../src/core/machine/folders.ts'
import { mountsNaming, networkInterfaces, processesNaming } from '../integration/harness/traces.ts'

const interfaces = networkInterfaces()

/** Unix sockets below a folder that still have a listener. */
const socketsBelow = (folder: string): readonly string[] =>
  readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .filter((line) => line.includes(` ${folder}/`))

/** Checks that a session with these folders left no process, mount, socket, interface, and no file where it ran. */
export function expectNothingLeft(where: Folders): void {
  for (const folder of [where.state, where.runtime]) {
    // A container of our own daemon is a process and a mount of these folders.
    expect(processesNaming(folder)).toEqual([])
    expect(mountsNaming(folder)).toEqual([])
    expect(socketsBelow(folder)).toEqual([])
  }
  expect(networkInterfaces()).toEqual(interfaces)
  const files = readdirSync(where.runtime, { recursive: true, withFileTypes: true })
  expect(files.filter((entry) => !entry.isDirectory()).map(({ name }) => name)).toEqual([])
}
