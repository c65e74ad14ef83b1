import { readFile, realpath } from 'node:fs/promises'
import { runCommand, succeeded } from '../process/command.ts'

/** The mount points at or below a folder, newest first: the order in which they can be unmounted. */
export async function mountsBelow(folder: string): Promise<string[]> {
  // The kernel lists mount points without links; /home or /root may be one.
  const plain = await realpath(folder).catch(() => folder)
  return pointsBelow(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''), plain)
}

/** proc_pid_mountinfo(5): field 5 is the mount point, with space, tab, newline and backslash as octal escapes. */
export function pointsBelow(mountinfo: string, folder: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4]?.replace(/\\([0-7]{3})/g, (_, octal: string) => octalText(octal)))
    .filter((point) => point !== undefined)
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .toReversed()
}

const octalText = (octal: string): string => String.fromCharCode(Number.parseInt(octal, 8))

/** Unmounts everything at or below a folder, lazily if one is still in use; returns those that stayed. */
export async function unmountBelow(folder: string): Promise<string[]> {
  for (const point of await mountsBelow(folder)) {
    const plain = await runCommand({ program: 'umount', args: ['--', point], timeoutMs: 10_000 })
    if (!succeeded(plain)) await runCommand({ program: 'umount', args: ['-l', '--', point], timeoutMs: 10_000 })
  }
  return mountsBelow(folder)
}
