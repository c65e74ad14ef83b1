import { readFile } from 'node:fs/promises'
import { givenSpire } from '../resources.ts'
import { passed, type StepContext, type StepOutcome } from '../step.ts'

/** Uses the trust domain of a running server. The profile's check has shown that it responds. */
export async function givenServer({ session, report }: StepContext): Promise<StepOutcome> {
  const spire = givenSpire(session)
  const bundlePem = await readFile(spire.trustBundle, 'utf8')
  report({ type: 'step.noted', text: `The trust bundle is that of ${spire.trustBundle}.` })
  return passed({ kind: 'trust-domain', trustDomain: spire.trustDomain, serverVersion: null, bundlePem })
}
