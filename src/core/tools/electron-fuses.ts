import { FuseState, FuseV1Options, FuseVersion, flipFuses, getCurrentFuseWire } from '@electron/fuses'

/**
 * Every fuse that the oldest run-time has, and how it stands where we develop and test. A fuse is a byte in the binary
 * that no command line can overrule (https://www.electronjs.org/docs/latest/tutorial/fuses).
 */
const development = {
  /** Nobody gets a Node with our rights out of our binary. */
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: false,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  /** On for development alone: Playwright speaks to the main process through the inspector. */
  [FuseV1Options.EnableNodeCliInspectArguments]: true,
  /** Off: here the app lies in a folder, in no archive. */
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: false,
  [FuseV1Options.OnlyLoadAppFromAsar]: false,
  /** Off: the snapshot beside the carried binary is another program's. */
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  /** Pages come from app://, so file:// needs no rights. */
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
} as const

/** Reads the fuses back from a binary: name → whether it is on. Throws when the binary has no fuse wire. */
export async function readFuses(executable: string): Promise<Readonly<Record<string, boolean>>> {
  const wire = Object.entries(await getCurrentFuseWire(executable)).filter(([key]) => /^\d+$/.test(key))
  return Object.fromEntries(wire.map(([key, state]) => [FuseV1Options[Number(key)] ?? key, state === FuseState.ENABLE]))
}

/** Sets the fuses of a binary for development. */
export async function setDevelopmentFuses(executable: string): Promise<void> {
  await flipFuses(executable, { version: FuseVersion.V1, ...development })
}
