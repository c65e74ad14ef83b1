import { readlinkSync } from 'node:fs'

/** The number of this process's PID namespace (pid_namespaces(7)), in which a pid is valid; `0` if /proc does not say. */
export function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0'
  }
}
