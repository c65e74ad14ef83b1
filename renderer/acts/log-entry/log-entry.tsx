import { artifactOf, type RunState } from '../../../src/core/workflow/reducer.ts'
import { steps } from '../../../src/core/workflow/steps.ts'
import type { Headline } from '../../state/words.ts'
import type { PageDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { logEntrySources } from '../sources.ts'
import { LogEntryView } from './log-entry-view.tsx'
import { recompute } from './proof.ts'
import { LogEntryStory } from './story.tsx'

export const logEntry: PageDefinition = {
  title: 'Log entry',
  done: logHeadline,
  terms: ['entry', 'inclusion proof', 'checkpoint'],
  views: {
    story: viewOf('signature', (signature) => <LogEntryStory signature={signature} />),
    engineer: viewOf('signature', (signature, { run }) => (
      <LogEntryView
        signature={signature}
        sigstore={artifactOf(run, 'sigstore')}
        digest={signedImage(run, signature.subject)?.digest ?? null}
      />
    )),
    bytes: logEntrySources,
  },
}

/** The image that was signed: whichever of the two has this digest; else the one that was pushed first. */
const signedImage = (run: RunState, subject: string) => {
  const images = [artifactOf(run, 'pushed-image'), artifactOf(run, 'tampered-image')]
  return images.find((image) => image?.digest === subject) ?? images[0]
}

function logHeadline(run: RunState): Headline {
  const entry = artifactOf(run, 'signature')?.logEntry
  if (entry === undefined) return { headline: 'There is no entry in the log', why: steps.sign.explains }
  if (recompute(entry)?.holds !== true) {
    return {
      headline: 'The log is not proved to hold this entry',
      why: `Entry ${entry.proofIndex} in a tree of ${entry.treeSize}: its hashes do not lead to the root that the log signed.`,
    }
  }
  const count = entry.proofHashes.length
  const proof =
    count === 0
      ? 'The tree has one leaf: the leaf is the root, and no other hash is needed.'
      : `${count} ${count === 1 ? 'hash proves' : 'hashes prove'} that it is in the log. Anyone can recompute them, and this window just did.`
  return {
    headline: 'The log keeps the signature for ever',
    why: `Entry ${entry.proofIndex} in a tree of ${entry.treeSize}. ${proof}`,
  }
}
