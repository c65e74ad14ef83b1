import type { ReactNode } from 'react'
import type { ArtifactKind, ArtifactOf } from '../../src/core/workflow/artifacts.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import type { ViewProps } from './definition.ts'

/** The place where a result will be. */
export function Empty() {
  return <div className="act-result act-empty" data-empty="true" aria-hidden="true" />
}

/** A view of one artifact; the empty place while the run does not have it. */
export const viewOf =
  <K extends ArtifactKind>(kind: K, draw: (artifact: ArtifactOf<K>, props: ViewProps) => ReactNode) =>
  (props: ViewProps): ReactNode => {
    const artifact = artifactOf(props.run, kind)
    return artifact === undefined ? <Empty /> : draw(artifact, props)
  }

/** The digest in an artifact, once the run has it. */
export const digestOf =
  <K extends ArtifactKind>(kind: K, digest: (artifact: ArtifactOf<K>) => string) =>
  (run: RunState): string | undefined => {
    const artifact = artifactOf(run, kind)
    return artifact && digest(artifact)
  }
