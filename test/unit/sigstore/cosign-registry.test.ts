import { expect, it } from 'vitest'
import { registryEnvironment } from '../../../src/core/sigstore/cosign/cosign-registry.ts'

const env = {
  AWS_PROFILE: 'acme',
  HTTPS_PROXY: 'http://p',
  COSIGN_EXPERIMENTAL: '1',
  SIGSTORE_ROOT_FILE: '/x',
  TUF_ROOT: '/x',
  TUF_MIRROR: 'x',
  SPIFFE_ENDPOINT_SOCKET: '/x',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
  GODEBUG: 'x509sha1=1',
  ELECTRON_RUN_AS_NODE: '1',
  NOTHING: undefined,
}

it('cosign gets what a credential helper may need, and nothing that changes its own work', () => {
  expect(registryEnvironment({ dockerConfig: '/docker' }, '/empty', env)).toEqual({
    AWS_PROFILE: 'acme',
    HTTPS_PROXY: 'http://p',
    DOCKER_CONFIG: '/docker',
    TUF_ROOT: '/empty/.sigstore/root',
  })
})

it('cosign gets none of the user\u2019s variables where it needs no login', () => {
  expect(registryEnvironment({}, '/empty', env)).toEqual({ HOME: '/empty', DOCKER_CONFIG: '/empty' })
})
