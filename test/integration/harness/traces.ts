import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Processes whose command line or environment names the folder: what a session of the tests left running. */
export function processesNaming(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const command = readProc(pid, 'cmdline').replaceAll('\0', ' ')
      return command.includes(folder) ? [`${pid} ${command}`] : []
    })
}

/** Mount points below a folder. */
export const mountsNaming = (folder: string): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(` ${folder}/`))

/** The network interfaces of our network namespace; /sys shows those of whoever mounted it. */
export const networkInterfaces = (): string[] =>
  [...readFileSync('/proc/net/dev', 'utf8').matchAll(/^ *([^\s:|]+):/gm)].map(([, name = '']) => name).sort()

/** Every file below a folder that its owner may read, but not below the named folders. */
export function filesBelow(folder: string, except: readonly string[]): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (except.includes(path)) return []
    if (entry.isDirectory()) return filesBelow(path, except)
    return entry.isFile() && statSync(path).size < 64 * 1024 * 1024 ? [path] : []
  })
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
