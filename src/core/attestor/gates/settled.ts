import { setTimeout as delay } from 'node:timers/promises'

/**
 * runc starts a health check in the container's process namespace, and moves it into the container's cgroup afterwards
 * (libcontainer, process_linux.go, setnsProcess.start): for a moment it looks like a process from elsewhere.
 */
const lookAgainAfterMs = [40, 160, 400]

/**
 * Looks again while a stranger is found, for 0.6 s and no longer than the deadline. Everything is looked at each time:
 * a stranger that leaves may have changed what was found before.
 */
export async function settled<T extends { readonly stranger?: boolean }>(
  look: () => T,
  deadline: () => AbortSignal,
): Promise<T> {
  for (const ms of lookAgainAfterMs) {
    const seen = look()
    if (seen.stranger !== true) return seen
    const late = await delay(ms, false, { signal: deadline() }).catch(() => true)
    if (late) return seen
  }
  return look()
}
