import { readFileSync } from 'node:fs'
import { type AppError, appError } from '../domain/app-error.ts'

/** CAP_SYS_PTRACE, as a bit (capabilities(7)). */
const ptrace = 1n << 19n

/**
 * Why the attestor of this user could not look into containers, or undefined. Root can, unless a service manager or a
 * container took that right away; an ordinary user's attestor queries the engine instead and is not checked.
 */
export function rightsProblem(): AppError | undefined {
  if (process.getuid?.() !== 0) return undefined
  try {
    return missingRights(readFileSync('/proc/self/status', 'utf8'))
  } catch {
    // Without /proc nothing works, and other checks say so.
    return undefined
  }
}

/** The same, from the text of `/proc/self/status`. Pure. */
export function missingRights(status: string): AppError | undefined {
  const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? []
  if (effective === undefined || (BigInt(`0x${effective}`) & ptrace) !== 0n) return undefined
  return appError(
    'machine.no-ptrace',
    'This process runs as root without the right to look into containers, which the attestor’s gate “launch” needs.',
    'Give it CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH: in a container with --cap-add, in a systemd unit with CapabilityBoundingSet= (docs/attestor.md, “Harden the unit”).',
    { expected: 'CAP_SYS_PTRACE', found: `CapEff ${effective}` },
  )
}
