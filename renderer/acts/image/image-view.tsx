import type { BuiltImageArtifact, ImageArtifact, PushedImageArtifact } from '../../../src/core/workflow/artifacts.ts'
import { Value } from '../../kit/controls/value.tsx'
import { DigestLine } from '../../kit/digest/digest-line.tsx'
import { Fact, Facts } from '../../kit/facts/facts.tsx'
import { size } from '../../kit/text/text.ts'

/** The image that was built: a name that can move, and an id that cannot. */
export function BuiltView({ image }: { image: BuiltImageArtifact }) {
  return (
    <div className="act-picture">
      <DigestLine name="Image id" digest={image.imageId} tone="thread" says="hash of its configuration" />
      <Facts>
        <Fact name="Name">
          <Value value={image.repository} label="repository" copy />
        </Fact>
        <Fact name="Tag" note="a tag can be moved to another image at any time">
          <Value value={image.tag} label="tag" copy />
        </Fact>
      </Facts>
    </div>
  )
}

/** The registry's answer to a push. */
export function PushedView({ image }: { image: ImageArtifact }) {
  return (
    <div className="act-picture">
      <DigestLine name="Digest" digest={image.digest} tone="thread" says="answered by the registry" />
      <DigestLine name="Image id" digest={image.imageId} says="named in the manifest" />
      <Facts>
        <Fact name="From now on it is called">
          <Value value={`${image.repository}@${image.digest}`} label="image by digest" copy />
        </Fact>
        <Fact name="Tag" note="points at this digest, for now">
          <Value value={image.tag} label="tag" copy />
        </Fact>
        <Fact name="Size">{size(image.sizeBytes)}</Fact>
      </Facts>
    </div>
  )
}

/** The same tag before and after: the name stays, the digest strip changes. */
export function TamperedView({ before, after }: { before: PushedImageArtifact | undefined; after: ImageArtifact }) {
  return (
    <div className="act-picture">
      <div className="act-part">
        {before === undefined ? null : <DigestLine name="The tag pointed at" digest={before.digest} says="signed" />}
        <DigestLine name="It points at" digest={after.digest} tone="cut" says="signed by no one" />
      </div>
      <Facts>
        <Fact name="Name">
          <Value value={`${after.repository}:${after.tag}`} label="name and tag" copy />
        </Fact>
        <Fact name="Size">{size(after.sizeBytes)}</Fact>
      </Facts>
    </div>
  )
}
