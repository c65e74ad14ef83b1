import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readFulcioCertificate } from '../../src/core/domain/certificates/certificate.ts'
import { derOfPem } from '../../src/core/domain/certificates/pem.ts'
import { err } from '../../src/core/domain/result.ts'
import type { Session } from '../../src/core/orchestrator/session/session.ts'
import { buildSystemSigns } from '../../src/core/sandbox/build-token.ts'
import { buildAddress, buildClaims, buildSubject } from '../../src/core/workflow/build-system.ts'
import { artifactOf } from '../../src/core/workflow/reducer.ts'
import { realSession, temporaryFolders } from './harness/session.ts'
import { filesBelow } from './harness/traces.ts'

const where = temporaryFolders()
let session: Session

beforeAll(async () => {
  // The answer that the window gives when a person was asked.
  session = await realSession(where, () => Promise.resolve(err(buildSystemSigns)))
})
afterAll(async () => {
  await session?.close()
  where.remove()
})

it('a build system signs without a login, and the workload gets its SVID by an entry with a URI as signer', async () => {
  const run = session.newRun('signed', 'ci')
  const state = await run.start()
  expect(state.error).toBeNull()
  expect(state).toMatchObject({ outcome: 'svid', ok: true })
  // No one was waited for.
  expect(run.log.events.filter(({ type }) => type === 'step.waited')).toEqual([])
  const sigstore = artifactOf(state, 'sigstore')
  const signer = { subject: buildSubject, issuer: `${sigstore?.issuer}/ci` }
  expect(artifactOf(state, 'signature')?.signer).toEqual(signer)
  expect(artifactOf(state, 'verification')?.expectedSigner).toEqual(signer)
  expect(artifactOf(state, 'entry')?.selectors).toContain(`sigstore:signer:${signer.issuer}|${buildSubject}`)
  const certificate = readFulcioCertificate(derOfPem(artifactOf(state, 'signature')?.certificate.pem ?? '')!)
  if (!certificate.ok) throw new Error(certificate.error.what)
  const written = new Map(certificate.value.extensions.map(({ name, value }) => [name, value]))
  expect(certificate.value.subjectKind).toBe('uri')
  expect(Object.fromEntries(written)).toMatchObject({
    'Issuer (V2)': signer.issuer,
    'Build Signer URI': buildSubject,
    'Build Signer Digest': buildClaims.job_workflow_sha,
    'Runner Environment': 'sandbox-hosted',
    'Source Repository URI': `${buildAddress}/demo/hello`,
    'Source Repository Digest': buildClaims.sha,
    'Source Repository Ref': 'refs/heads/main',
    'Source Repository Identifier': '7',
    'Source Repository Owner URI': `${buildAddress}/demo`,
    'Source Repository Owner Identifier': '3',
    'Build Config URI': buildSubject,
    'Build Config Digest': buildClaims.workflow_sha,
    'Build Trigger': 'push',
    'Run Invocation URI': expect.stringMatching(
      /^https:\/\/build\.sandbox\.example\/demo\/hello\/runs\/\d+\/attempts\/1$/,
    ),
    'Source Repository Visibility At Signing': 'private',
  })
  // The token is a secret: it is in no event, no log, and no file is left of it.
  const token = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/
  expect(
    [where.state, where.runtime]
      .flatMap((folder) => filesBelow(folder, []))
      .filter((file) => token.test(readFileSync(file, 'latin1'))),
  ).toEqual([])
  run.log.close()
})

it('it also takes the place of a person who was asked to log in', async () => {
  const run = session.newRun('signed', null)
  const state = await run.start()
  expect(state).toMatchObject({ outcome: 'svid', ok: true, error: null })
  expect(run.log.events.filter(({ type }) => type === 'step.waited' || type === 'step.resumed')).toHaveLength(2)
  expect(artifactOf(state, 'signature')?.signer.subject).toBe(buildSubject)
  run.log.close()
})
