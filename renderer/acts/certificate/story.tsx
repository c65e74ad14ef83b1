import type { SignatureArtifact } from '../../../src/core/workflow/artifacts.ts'
import { Ruler } from '../../kit/digest/ruler.tsx'
import { Story, StoryFacts, StoryResult } from '../../kit/story/story.tsx'
import { seconds } from '../../kit/text/text.ts'

/** Who, by whose word, for how long: a ruler of the certificate's life with the moment of the signature. */
export function CertificateStory({ signature }: { signature: SignatureArtifact }) {
  const { signer, certificate, timestamp } = signature
  const life = Date.parse(certificate.notAfter) - Date.parse(certificate.notBefore)
  return (
    <Story
      result={
        <StoryResult
          says={`Valid for ${seconds(life)}`}
          more="for code signing only; its key was used once and is gone"
        />
      }
    >
      <StoryFacts
        facts={[
          { name: 'Who', value: signer.subject },
          { name: 'Issued by', value: signer.issuer, note: 'the OIDC provider' },
        ]}
      />
      <Ruler
        from={certificate.notBefore}
        to={certificate.notAfter}
        moments={timestamp === null ? [] : [{ at: timestamp, label: 'signed' }]}
      />
    </Story>
  )
}
