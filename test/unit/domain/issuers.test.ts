import { describe, expect, it } from 'vitest'
import { matchesIssuerPattern } from '../../../src/core/domain/issuers.ts'

// The cases of Fulcio's own test (pkg/config/config_test.go, TestMetaURLs), and more.
const eks = 'https://oidc.eks.*.amazonaws.com/id/*'
describe('a pattern of issuers', () => {
  it.each([
    [eks, 'https://oidc.eks.us-west-2.amazonaws.com/id/B02C93B6A2D30341AD01E1B6D48164CB', true],
    [eks, 'https://oidc.eks.us-west-2.amazonaws.com/id/B02C93B6A2D30341AD01E1B6D48164CB/', false],
    [eks, 'https://oidc.eks.us-west-2.suspicious.com/id/B02C93B6A2D30341AD01E1B6D48164CB', false],
    [eks, 'https://oidc.eks.us-west-2.foo.amazonaws.com/id/B02C93B6A2D30341AD01E1B6D48164CB', false],
    [eks, 'https://oidc.eks.us-west-2.amazonaws.com/id/B02C93B6A2D30341AD01E1B6D48164CB/x', false],
    [eks, 'https://oidc.eks..amazonaws.com/id/B02C', false],
    [eks, 'http://localhost:3000?https://oidc.eks.us-west-2.amazonaws.com/id/B02C', false],
    [eks, 'https://oidc-eks.us-west-2.amazonaws.com/id/B02C', false],
    [
      'https://container.googleapis.com/v1/projects/*/locations/*/clusters/*',
      'https://container.googleapis.com/v1/projects/mattmoor-credit/locations/us-west1-b/clusters/tenant-cluster',
      true,
    ],
    ['https://login.*.example', 'https://login.acme.example\n', false],
    ['https://login.acme.example', 'https://login.acme.example', true],
    ['https://login.acme.example', 'https://loginXacme.example', false],
    ['https://a.example/(x)+[*]', 'https://a.example/(x)+[b]', true],
    ['*', 'acme', true],
    ['*', 'https://acme.example', false],
    ['**', 'a', false],
    ['**', 'ab', true],
    // A backtracking regular expression would need years.
    [`${'*'.repeat(30)}!`, 'a'.repeat(2_000), false],
  ])('%s is about %s: %s', (pattern, issuer, expected) => {
    expect(matchesIssuerPattern(pattern, issuer)).toBe(expected)
  })
})
