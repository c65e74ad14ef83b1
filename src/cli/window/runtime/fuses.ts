import { FuseState, FuseV1Options, FuseVersion, flipFuses, getCurrentFuseWire } from '@electron/fuses'

/** The state of every known fuse. */
type Fuses = Readonly<Record<FuseV1Options, boolean>>

/**
 * The fuses of what we ship. A fuse is a byte in the binary that no command line can override
 * (https://www.electronjs.org/docs/latest/tutorial/fuses).
 */
export const releaseFuses: Fuses = {
  /** No one gets a Node with our rights out of our binary. */
  [FuseV1Options.RunAsNode]: false,
  /** Off: we keep no cookie, and turning it on would need a key ring. */
  [FuseV1Options.EnableCookieEncryption]: false,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  /** Off: Electron checks an archive against the binary only on macOS and Windows, and we package for Linux. */
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: false,
  /** A folder beside the archive is never loaded in its place. */
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  /** Off: we have no snapshot, and the one beside the carried binary is another program's. */
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  /** Pages come from app://, so file:// needs no rights. */
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  /** Only how WebAssembly checks its bounds, as Electron ships it. Our page runs none. */
  [FuseV1Options.WasmTrapHandlers]: true,
}

/** The fuses during development and tests. */
export const developmentFuses: Fuses = {
  ...releaseFuses,
  /** On: Playwright controls the main process through the inspector. */
  [FuseV1Options.EnableNodeCliInspectArguments]: true,
  /** Off: here the app lies in a folder. */
  [FuseV1Options.OnlyLoadAppFromAsar]: false,
}

/** Fuses by name, and whether each is on. */
export type FuseStates = Readonly<Record<string, boolean>>

/**
 * Reads the fuses back from a binary. One that Electron has removed is left out: it has no effect any more. Throws when
 * the binary has no fuse wire.
 */
export async function readFuses(executable: string): Promise<FuseStates> {
  const wire = await getCurrentFuseWire(executable)
  return Object.fromEntries(
    Object.entries(wire)
      .filter(([key, state]) => key !== 'version' && state !== FuseState.REMOVED)
      .map(([key, state]) => [FuseV1Options[Number(key)] ?? `fuse ${key}`, state === FuseState.ENABLE]),
  )
}

/**
 * Sets every fuse of a binary, and returns what was then read back from it. Throws when the binary has a fuse that we
 * do not know, and when one differs from what was set.
 */
export async function setFuses(executable: string, fuses: Fuses): Promise<FuseStates> {
  const wire = await readFuses(executable)
  const stated = Object.entries(fuses).filter(([key]) => (FuseV1Options[Number(key)] ?? '') in wire)
  await flipFuses(executable, { version: FuseVersion.V1, ...Object.fromEntries(stated) })
  const found = await readFuses(executable)
  const wrong = fuseDifferences(fuses, found)
  if (wrong.length > 0) throw new Error(`Fuses do not stand as stated: ${wrong.join('; ')}`)
  return found
}

/** The differences between expected and found fuses, in words; an unknown fuse differs. */
export function fuseDifferences(fuses: Fuses, found: FuseStates): readonly string[] {
  const stated = new Map(Object.entries(fuses).map(([key, on]) => [FuseV1Options[Number(key)], on]))
  const must = (on: boolean | undefined): string =>
    on === undefined ? 'we say nothing about it' : `must be ${on ? 'on' : 'off'}`
  return Object.entries(found)
    .filter(([name, on]) => stated.get(name) !== on)
    .map(([name, on]) => `${name} is ${on ? 'on' : 'off'}, ${must(stated.get(name))}`)
}
