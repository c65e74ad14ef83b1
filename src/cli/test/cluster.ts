import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { folders } from '../../core/machine/folders.ts'
import { refuse } from '../refuse.ts'
import { setUpKubernetesInTerminal } from '../setup/setup-in-terminal.ts'

/** Where a container runtime lies; an ordinary user's PATH does not look everywhere. */
const programFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** The path of a program of the container runtime, which comes with the story's engine. */
export const runtimeProgram = (name: 'containerd' | 'ctr' | 'runc'): string | undefined =>
  programFolders.map((folder) => join(folder, name)).find((file) => isExecutable(file))

/** Why no cluster can run on this machine; undefined when one can. */
export function noCluster(): string | undefined {
  if (process.platform !== 'linux') return 'a kubelet runs on Linux only'
  if (process.getuid?.() !== 0) return 'only root can run a kubelet'
  for (const name of ['containerd', 'runc'] as const) {
    if (runtimeProgram(name) === undefined) return `there is no ${name}: apt-get install containerd runc`
  }
  return undefined
}

/**
 * Builds the programs of a cluster where one can run: before the tests, because it takes both processors for minutes.
 * A failure is left to the tests of the cluster to report.
 */
export async function makeClusterPrograms(signal: AbortSignal): Promise<void> {
  if (noCluster() !== undefined) return
  const made = await setUpKubernetesInTerminal({ folders: folders(), signal })
  if (!made.ok) refuse(made.error, false)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
