import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type AppError, appError } from '../domain/app-error.ts'
import { describeEnding, runCommand, succeeded } from '../process/command.ts'

const appArmorSwitch = 'kernel.apparmor_restrict_unprivileged_userns'

/** What can forbid user namespaces to ordinary users: the file, its value then, and the setting that allows them. */
const switches = [
  { name: 'user.max_user_namespaces', forbids: '0', allows: '15000' },
  // Debian's and Ubuntu's kernels.
  { name: 'kernel.unprivileged_userns_clone', forbids: '0', allows: '1' },
  // Ubuntu 23.10 and later.
  { name: appArmorSwitch, forbids: '1', allows: '0' },
] as const

/**
 * Why Chromium's sandbox could not start for this user, or undefined: it creates a user namespace. Root runs without
 * that sandbox and is not checked. The kernel is tested by creating one. `executable` is the Electron to run, if it is
 * installed: it needs none with a setuid helper beside it, and may create one by an AppArmor profile of its own.
 */
export async function userNamespaceProblem(
  executable: string | undefined,
  signal?: AbortSignal,
): Promise<AppError | undefined> {
  if (process.getuid?.() === 0) return undefined
  if (executable !== undefined && ((await hasHelper(executable)) || (await hasProfile(executable)))) return undefined
  const outcome = await runCommand({
    program: 'unshare',
    args: ['--user', '--map-root-user', 'true'],
    timeoutMs: 5_000,
    ...(signal ? { signal } : {}),
  })
  // Without that program only Chromium itself can find out.
  if (succeeded(outcome) || outcome.kind === 'not-started' || outcome.kind === 'cancelled') return undefined
  const closed: Closed[] = []
  for (const { name, forbids, allows } of switches) {
    const text = await readFile(`/proc/sys/${name.replace('.', '/')}`, 'utf8').catch(() => '')
    if (text.trim() === forbids) closed.push({ name, allows })
  }
  return noUserNamespaces({ said: outcome.stderr.trim() || describeEnding(outcome), closed, executable })
}

/** A setting that forbids user namespaces, and the value that allows them. */
export interface Closed {
  readonly name: string
  readonly allows: string
}

/** The error with its fix, from what was tried. Pure. */
export function noUserNamespaces({
  said,
  closed,
  executable,
}: {
  /** What the attempt printed. */
  readonly said: string
  readonly closed: readonly Closed[]
  readonly executable: string | undefined
}): AppError {
  const settings = closed.map(({ name, allows }) => `${name}=${allows}`)
  const forEveryone = `sudo sysctl -w ${settings.join(' ')} (in a file in /etc/sysctl.d to keep it)`
  const appArmor = closed.some(({ name }) => name === appArmorSwitch)
  const fix =
    closed.length === 0
      ? 'Allow the system call unshare to this user; in a container that is its seccomp profile'
      : appArmor && closed.length === 1
        ? `${profileFix(executable)}. Or allow them to every program: ${forEveryone}`
        : `Allow them: ${forEveryone}`
  return appError(
    'machine.no-user-namespaces',
    'This user may not create user namespaces, which Chromium’s sandbox needs.',
    `${fix}. Or run the story in the terminal: npm run story`,
    {
      expected: 'unshare --user --map-root-user true succeeds',
      found: [said, ...settings.map((each) => `${each} is not set`)].join('; '),
    },
  )
}

/** A profile for this program alone, as the one in the .deb. */
function profileFix(executable: string | undefined): string {
  const packaged = 'Install the .deb (npm run package), which brings an AppArmor profile'
  if (executable === undefined) return packaged
  const profile = `abi <abi/4.0>, profile sigstore-attestor-window "${executable}" flags=(unconfined) { userns, }`
  return `${packaged}, or give this program one: echo '${profile}' | sudo tee /etc/apparmor.d/sigstore-attestor-window && sudo apparmor_parser -r /etc/apparmor.d/sigstore-attestor-window`
}

/** Chromium's other sandbox: a helper that belongs to root and is setuid. */
async function hasHelper(executable: string): Promise<boolean> {
  const helper = await stat(join(dirname(executable), 'chrome-sandbox')).catch(() => undefined)
  return helper?.uid === 0 && (helper.mode & 0o4000) !== 0
}

/** Whether an AppArmor profile names this very program. */
async function hasProfile(executable: string): Promise<boolean> {
  const folder = '/etc/apparmor.d'
  for (const name of await readdir(folder).catch(() => [])) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '')
    if (text.includes(executable)) return true
  }
  return false
}
