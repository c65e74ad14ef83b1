// What a session could leave behind on this machine.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ours } from './processes.mjs'

/** What existed before anything was started. */
export const before = () => ({ links: links() })

/** @type {Set<string>} */
const containers = new Set()

/**
 * Keeps the ids of our engine's containers from now on. Cgroups and shim sockets are the machine's: only those with such
 * an id are ours, and others may belong to an engine of somebody else.
 * @param {string} state
 */
export function watchContainers(state) {
  const folder = join(state, 'engine', 'data', 'containers')
  const look = () => {
    if (existsSync(folder)) for (const name of readdirSync(folder)) containers.add(name)
  }
  setInterval(look, 50).unref()
}

/**
 * What exists now and did not before, in words; empty when all is well. Checked again for a while, because an engine
 * that was killed leaves its shims to end by themselves.
 * @param {ReturnType<typeof before>} then
 * @param {readonly string[]} folders
 */
export async function left(then, folders) {
  for (let tries = 0; tries < 40 && leftNow(then, folders).length > 0; tries += 1) await delay(250)
  return leftNow(then, folders)
}

/** @param {ReturnType<typeof before>} then @param {readonly string[]} folders */
function leftNow(then, folders) {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return [
    ...ours(-1, folders).map(({ pid, words }) => `process ${pid} ${words.join(' ').slice(0, 100)}`),
    ...mounts.filter((line) => folders.some((folder) => line.includes(` ${folder}`))).map((line) => `mount ${line}`),
    ...links()
      .filter((each) => !then.links.includes(each))
      .map((each) => `network link ${each}`),
    ...shimSockets(folders).map((each) => `shim socket ${each}`),
    ...cgroups().map((each) => `cgroup ${each}`),
  ]
}

/** Sockets, locks and keys below the runtime folder. @param {string} folder */
export const sessionFiles = (folder) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))) : []

const links = () => readdirSync('/sys/class/net')

/** The sockets of our containers' shims, named as in src/core/containers/engine/container-traces.ts. @param {readonly string[]} folders */
const shimSockets = ([runtime = '']) =>
  [...containers]
    .map((id) => join(runtime, 'exec', 'containerd', 'containerd.sock', 'moby', id))
    .map((path) => join('/run/containerd/s', createHash('sha256').update(path).digest('hex')))
    .filter((socket) => existsSync(socket))

/** The cgroups of our containers, in every hierarchy. */
function cgroups() {
  const root = '/sys/fs/cgroup'
  return [root, ...readdirSync(root).map((name) => join(root, name))]
    .map((place) => join(place, 'docker'))
    .filter((place) => existsSync(place))
    .flatMap((place) =>
      readdirSync(place, { withFileTypes: true })
        .filter((each) => each.isDirectory() && containers.has(each.name))
        .map(({ name }) => join(place, name)),
    )
}
