import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readlink, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readProcStat } from '../../../src/core/process/proc-stat.ts'

const root = '/sys/fs/cgroup'
const prefix = 'sigstore-attestor-cluster-'

/** The cgroup of this process's cluster: kubelets with one of their own do not end each other's pods. */
export const clusterCgroup = `/${prefix}${process.pid}`

/** Every cgroup hierarchy of this machine: v2 alone, or each of v1. */
async function hierarchies(): Promise<readonly string[]> {
  const names = await readdir(root)
  if (names.includes('cgroup.controllers')) return [root]
  return names.map((name) => join(root, name))
}

/** A share of the processors, in v1 and in v2: eight times that of another process or group beside it. */
const shares = { 'cpu.shares': '8192', 'cpu.weight': '800' } as const

/**
 * Creates the cgroup of a cluster, which a kubelet does not do by itself. A node is a machine of its own, so the other
 * tests on this one leave it enough of the processors. Removes those of test runs that were killed.
 */
export async function makeClusterCgroup(): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    for (const name of await readdir(hierarchy).catch(() => [])) {
      const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : undefined
      if (pid !== undefined && readProcStat(pid) === undefined) await removeCgroup(join(hierarchy, name))
    }
    // A link names another hierarchy, and some take no directories.
    await mkdir(join(hierarchy, clusterCgroup), { recursive: true }).catch(() => undefined)
    for (const [name, share] of Object.entries(shares)) {
      await writeFile(join(hierarchy, clusterCgroup, name), share, { flag: 'r+' }).catch(() => undefined)
    }
  }
}

export async function removeClusterCgroup(): Promise<void> {
  for (const hierarchy of await hierarchies()) await removeCgroup(join(hierarchy, clusterCgroup))
}

/** The innermost first; one with a live process stays. */
async function removeCgroup(folder: string): Promise<void> {
  const below = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of below) if (entry.isDirectory()) await removeCgroup(join(folder, entry.name))
  await rmdir(folder).catch(() => undefined)
}

/** A kubelet links each log there, whatever its configuration says. */
const linkFolder = '/var/log/containers'

/** Removes the links to logs in a folder of ours, and those of clusters whose folder is gone, as after a kill. */
export async function removeLogLinks(logs: string): Promise<void> {
  for (const name of await readdir(linkFolder).catch(() => [])) {
    const link = join(linkFolder, name)
    const target = await readlink(link).catch(() => '')
    const dead = target.includes('/sigstore-attestor/cluster/pod-logs/') && !existsSync(target)
    if (dead || target.startsWith(`${logs}/`)) await rm(link, { force: true })
  }
  // The folder stays: a kubelet creates it only when it starts, and this machine may have another one.
}

/**
 * Removes the sockets of the shims of these pods, which remain when a shim is killed. They lie in a folder that all
 * containerds of a machine share, and are named by a hash of containerd's address (containerd, pkg/shim/util_unix.go).
 */
export async function removeShimSockets(address: string, sandboxes: readonly string[]): Promise<void> {
  for (const id of sandboxes) {
    const name = createHash('sha256')
      .update(join(address, 'k8s.io', id))
      .digest('hex')
    await rm(join('/run/containerd/s', name), { force: true })
  }
}

/** What a kubelet sets for the whole machine (kubernetes pkg/kubelet/cm/container_manager_linux.go). */
const settings = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
]

/** The kernel's settings as they are now; returns what restores them. */
export function keepKernelSettings(): () => void {
  const files = settings.map((name) => join('/proc/sys', name)).filter((file) => existsSync(file))
  const kept = files.map((file) => ({ file, text: readFileSync(file, 'utf8') }))
  return () => {
    for (const { file, text } of kept) if (readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
  }
}
