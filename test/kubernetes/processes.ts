import { readdirSync, readFileSync } from 'node:fs'

/** The processes in a container's cgroup. */
export const processesOf = (container: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => read(`/proc/${name}/cgroup`).includes(container))
    .map(Number)

/** The program of a process and its arguments. */
export const commandOf = (pid: number): readonly string[] => read(`/proc/${pid}/cmdline`).split('\0')

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}
