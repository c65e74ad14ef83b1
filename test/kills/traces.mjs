// What a session could leave behind on this machine.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ours } from './processes.mjs'

/** What existed before anything was started. */
export const before = () => ({ links: links(), sockets: shimSockets(), containers: cgroups() })

/**
 * What exists now and did not before, in words; empty when all is well. Checked again for a while: cgroups and shim
 * sockets are the machine's, and may be those of a container that another engine runs just now.
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
    ...shimSockets()
      .filter((each) => !then.sockets.includes(each))
      .map((each) => `shim socket ${each}`),
    ...cgroups()
      .filter((each) => !then.containers.includes(each))
      .map((each) => `cgroup ${each}`),
  ]
}

/** Sockets, locks and keys below the runtime folder. @param {string} folder */
export const sessionFiles = (folder) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))) : []

const links = () => readdirSync('/sys/class/net')
const shimSockets = () => (existsSync('/run/containerd/s') ? readdirSync('/run/containerd/s') : [])

/** The cgroups of containers, in every hierarchy. */
function cgroups() {
  const root = '/sys/fs/cgroup'
  return [root, ...readdirSync(root).map((name) => join(root, name))]
    .map((place) => join(place, 'docker'))
    .filter((place) => existsSync(place))
    .flatMap((place) =>
      readdirSync(place, { withFileTypes: true })
        .filter((each) => each.isDirectory())
        .map(({ name }) => join(place, name)),
    )
}
