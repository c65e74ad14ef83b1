import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

const everyMs = 500

/**
 * Reports the size of the largest file below a folder, repeatedly while `work` runs: the progress of another program's
 * download. Reports nothing while there is no file, and nothing twice.
 */
export async function whileGrowing<T>(
  folder: string,
  onBytes: (bytes: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  let largestSoFar = 0
  let looking = false
  const look = async (): Promise<void> => {
    if (looking) return
    looking = true
    const size = await largest(folder)
    looking = false
    if (size > largestSoFar) onBytes(size)
    largestSoFar = Math.max(largestSoFar, size)
  }
  const timer = setInterval(() => void look(), everyMs)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

/** Files come and go meanwhile; a missing one counts as empty. */
async function largest(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const sizes = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return largest(path)
      return stat(path).then(
        ({ size }) => size,
        () => 0,
      )
    }),
  )
  return Math.max(0, ...sizes)
}
