import type { ArtifactKind, ArtifactOf, AttestationArtifact } from './artifacts.ts'

/**
 * The image that runs, or would: the last one that replaced the one before. Its digest is null while no registry has
 * it. Undefined before anything was pushed. Pure.
 */
export function whatRuns(
  of: <K extends ArtifactKind>(kind: K) => ArtifactOf<K> | undefined,
): AttestationArtifact['image'] | undefined {
  const found = of('impostor-image') ?? of('tampered-image') ?? of('pushed-image')
  if (found === undefined) return undefined
  const { kind: _, ...image } = found
  return { digest: null, ...image }
}
