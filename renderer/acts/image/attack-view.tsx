import type {
  CopiedSignatureArtifact,
  ImpostorImageArtifact,
  OtherProgramArtifact,
  PushedImageArtifact,
} from '../../../src/core/workflow/artifacts.ts'
import { Value } from '../../kit/controls/value.tsx'
import { DigestLine } from '../../kit/digest/digest-line.tsx'
import { Fact, Facts } from '../../kit/facts/facts.tsx'
import { size } from '../../kit/text/text.ts'

/** What the name means on this machine, before and after: two image ids, and only one of them in a registry. */
export function ImpostorView({
  signed,
  impostor,
}: {
  signed: PushedImageArtifact | undefined
  impostor: ImpostorImageArtifact
}) {
  return (
    <div className="act-picture">
      <div className="act-part">
        {signed === undefined ? null : (
          <DigestLine name="The name meant" digest={signed.imageId} says="pushed, and signed by its digest" />
        )}
        <DigestLine name="Here it means" digest={impostor.imageId} tone="cut" says="never pushed: it has no digest" />
      </div>
      <Facts>
        <Fact name="Name" note="anyone who may build here can use it">
          <Value value={`${impostor.repository}:${impostor.tag}`} label="name and tag" copy />
        </Fact>
        <Fact name="Size">{size(impostor.sizeBytes)}</Fact>
      </Facts>
    </div>
  )
}

/** The signature in its new place: its subject, and the image it lies beside. */
export function CopiedSignatureView({ copied }: { copied: CopiedSignatureArtifact }) {
  return (
    <div className="act-picture">
      <div className="act-part">
        <DigestLine name="The signature is about" digest={copied.signs} />
        <DigestLine name="It lies beside" digest={copied.to} tone="cut" says="another image" />
      </div>
      <Facts>
        <Fact name="Bundle" note="the very same bytes as beside the signed image">
          <Value value={copied.bundle} label="bundle" short copy />
        </Fact>
        <Fact name="Referrer" note="says that the bundle belongs here; the registry took it without asking">
          <Value value={copied.referrer} label="referrer" short copy />
        </Fact>
      </Facts>
    </div>
  )
}

/** Two programs: the one in the signed image, and the one that will be mounted over it. */
export function OtherProgramView({ program }: { program: OtherProgramArtifact }) {
  return (
    <div className="act-picture">
      <div className="act-part">
        <DigestLine name="In the signed image" digest={program.built} />
        <DigestLine name="Mounted over it" digest={program.digest} tone="cut" says="another program" />
      </div>
      <Facts>
        <Fact name="From this machine">
          <Value value={program.file} label="file" copy />
        </Fact>
        <Fact name="To the container" note="where the image has its own program">
          <Value value={program.target} label="place in the container" />
        </Fact>
      </Facts>
    </div>
  )
}
