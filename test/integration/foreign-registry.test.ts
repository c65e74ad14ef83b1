import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkProfile } from '../../src/core/profiles/check-profile.ts'
import { readProfile } from '../../src/core/profiles/read-profile.ts'
import type { ForeignRegistryKind } from '../harness/foreign-registry.ts'
import { type ForeignServices, startForeignServices } from '../harness/foreign-services.ts'
import { root } from './harness/session.ts'

describe.each<ForeignRegistryKind>(['basic', 'token'])(
  'somebody else’s services with a registry that asks for %s',
  (kind) => {
    let services: ForeignServices
    beforeAll(async () => {
      services = await startForeignServices(kind)
    })
    afterAll(() => services?.stop())

    it('pass a look at the profile that names them', async () => {
      const places = { assets: `${root}/assets`, config: `${services.configHome}/sigstore-attestor`, env: {} }
      const profile = await readProfile('acme', places)
      if (!profile.ok || profile.value.kind !== 'services') throw new Error(JSON.stringify(profile))
      const { signal } = new AbortController()
      const checks = await checkProfile({
        profile: profile.value,
        cache: `${services.configHome}/cache`,
        env: {},
        signal,
      })
      // Rekor v2's server serves no checkpoint that would tell which log it is.
      expect(checks.filter(({ verdict }) => verdict !== 'passed').map(({ id }) => id)).toEqual(['rekor'])
    })
  },
)
