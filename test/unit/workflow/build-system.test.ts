import { describe, expect, it } from 'vitest'
import { buildSigner, buildSubject, expectedSigner } from '../../../src/core/workflow/build-system.ts'

const issuer = 'http://localhost:1'
const engineer = { subject: 'engineer@sandbox.example', issuer }
const build = { subject: buildSubject, issuer: `${issuer}/ci` }
const sandbox = { issuer, secondIssuer: 'http://localhost:2', signer: engineer }

describe('the expected signer', () => {
  it('is the build system only if it is the one that signed', () => {
    expect(expectedSigner(sandbox, { signer: build }, { signs: 'engineer' })).toEqual(build)
    expect(expectedSigner(sandbox, undefined, { signs: 'engineer' })).toEqual(engineer)
    expect(expectedSigner(sandbox, { signer: engineer }, { signs: 'engineer' })).toEqual(engineer)
  })

  it.each([
    ['another person', { ...engineer, subject: 'intern@sandbox.example' }],
    ['a person by the name of the build', { ...engineer, subject: buildSubject }],
    ['another workflow', { ...build, subject: `${buildSubject}x` }],
    ['the build of another issuer', { ...build, issuer: 'http://localhost:2/ci' }],
  ])('stays the expected person when %s signed', (_, signer) => {
    expect(expectedSigner(sandbox, { signer }, { signs: 'engineer' })).toEqual(engineer)
  })

  it.each(['intern', null] as const)('stays the expected person in a scenario in which %s is to sign', (signs) => {
    expect(expectedSigner(sandbox, { signer: build }, { signs })).toEqual(engineer)
  })

  it('is that of the profile outside the sandbox, which has no build system', () => {
    const services = { ...sandbox, secondIssuer: null }
    expect(buildSigner(services)).toBeNull()
    expect(expectedSigner(services, { signer: build }, { signs: 'engineer' })).toEqual(engineer)
  })
})
