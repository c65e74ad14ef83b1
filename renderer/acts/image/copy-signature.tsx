import type { StepDefinition } from '../definition.ts'
import { digestOf, viewOf } from '../shown.tsx'
import { artifactsAsJson } from '../sources.ts'
import { CopiedSignatureView } from './attack-view.tsx'
import { CopiedSignatureStory } from './story.tsx'

export const copySignature: StepDefinition = {
  title: 'Copy signature',
  effect: 'this writes to the registry',
  running: 'An attacker copies the signature',
  done: 'A valid signature, attached to the wrong image',
  digest: digestOf('copied-signature', ({ bundle }) => bundle),
  views: {
    story: viewOf('copied-signature', (copied) => <CopiedSignatureStory copied={copied} />),
    engineer: viewOf('copied-signature', (copied) => <CopiedSignatureView copied={copied} />),
    bytes: artifactsAsJson('copied-signature'),
  },
}
