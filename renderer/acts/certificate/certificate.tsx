import { artifactOf, type RunState } from '../../../src/core/workflow/reducer.ts'
import { seconds } from '../../kit/text/text.ts'
import { isByBuildSystem } from '../../state/signer.ts'
import type { Headline } from '../../state/words.ts'
import type { PageDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { certificateSources } from '../sources.ts'
import { CertificateView } from './certificate-view.tsx'
import { CertificateStory } from './story.tsx'

export const certificate: PageDefinition = {
  title: 'Certificate',
  done: certificateHeadline,
  terms: ['certificate', 'SCT'],
  views: {
    story: viewOf('signature', (signature) => <CertificateStory signature={signature} />),
    engineer: viewOf('signature', (signature, { run, now }) => (
      <CertificateView
        signature={signature}
        sigstore={artifactOf(run, 'sigstore')}
        verification={artifactOf(run, 'verification')}
        now={now}
      />
    )),
    bytes: certificateSources,
  },
}

function certificateHeadline(run: RunState): Headline {
  const signature = artifactOf(run, 'signature')
  const who = isByBuildSystem(run) ? 'a build system' : (signature?.signer.subject ?? 'the signer')
  return {
    headline: `Fulcio certifies ${who}`,
    why: `For ${life(signature?.certificate)}, for one key that was used once and thrown away. There is no secret to keep.`,
  }
}

const life = (valid: { readonly notBefore: string; readonly notAfter: string } | undefined): string =>
  valid === undefined ? 'a short time' : seconds(Date.parse(valid.notAfter) - Date.parse(valid.notBefore))
