import { type Publication, publicationsOf, signsIn } from '../../src/core/workflow/publication.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'

/** What the run makes public, as far as it is known. */
export function publicationsIn(run: RunState): readonly Publication[] {
  const [sigstore, image] = [artifactOf(run, 'sigstore'), artifactOf(run, 'built-image')]
  return sigstore === undefined || image === undefined ? [] : publicationsOf(sigstore, image, signsIn(run))
}
