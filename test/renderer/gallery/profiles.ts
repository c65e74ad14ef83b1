import publicText from '../../../assets/profiles/public.json?raw'
import type { ProfileActions } from '../../../renderer/app/actions.ts'
import type { ListedProfile, OutputOf } from '../../../src/core/contract/contract.ts'
import { appError } from '../../../src/core/domain/app-error.ts'
import { err, ok } from '../../../src/core/domain/result.ts'
import { sandboxProfile } from '../../../src/core/workflow/profile.ts'
import { serviceProfiles } from '../recorded-with.ts'

/** The text of a profile of one's own, with an agent of its own. */
const acmeText = JSON.stringify(
  {
    kind: 'services',
    title: serviceProfiles.agent.title,
    sigstore: {
      trustedRoot: '/etc/acme-international/sigstore/trusted_root.json',
      fulcio: { url: 'https://fulcio.sigstore.acme-international.example' },
      rekor: { url: 'https://rekor.sigstore.acme-international.example', version: 2 },
      timestampAuthority: { url: 'https://timestamp.sigstore.acme-international.example/api/v1/timestamp' },
    },
    issuer: 'https://login.acme-international.example',
    signer: { issuer: 'https://login.acme-international.example', subject: '${SIGNER}' },
    registry: {
      host: 'registry.acme-international.example:5443',
      repository: 'team/hello',
      credentials: { dockerConfig: '/home/engineer/acme/config.json' },
    },
    spire: {
      agentSocket: '/run/spire/agent/public/api.sock',
      decisions: '/var/lib/sigstore-attestor/records',
      trustDomain: 'acme.example',
      trustBundle: '/etc/spire/bundle.pem',
      parentId: 'spiffe://acme.example/node',
    },
  },
  null,
  2,
)

const unset = appError(
  'config.profile-unset',
  'The profile leaves something to you that is not set.',
  'Set DOCKER_USER and SIGSTORE_SUBJECT in the environment, or in public.env in the folder of your own profiles.',
  { expected: 'DOCKER_USER=… SIGSTORE_SUBJECT=…', found: 'nothing' },
)

const broken = appError(
  'config.profile',
  'This profile is not accepted.',
  'Correct /home/engineer/.config/sigstore-attestor/profiles/broken.json.',
  {
    expected: 'a profile: profile.schema.json says which keys there are',
    found: 'sigstore.fulcoi: this key is not known. Is "fulcio" meant?; issuer: no http or https address',
  },
)

/** As saveProfile refuses a form that was hardly filled in. */
const refused = appError(
  'config.profile',
  'This profile is not accepted.',
  'Correct /home/engineer/.config/sigstore-attestor/profiles/acme.json.',
  {
    expected: 'a profile: profile.schema.json says which keys there are',
    found:
      'sigstore.trustedRoot: not an absolute path; sigstore.fulcio.url: no http or https address; signer.subject: Too small: expected string to have >=1 characters; registry.host: not host[:port]; sigstore.timestampAuthority: Rekor v2 gives no time: a timestamp authority is needed',
  },
)

const checks: OutputOf<'checkProfile'>['checks'] = [
  {
    id: 'trusted root',
    verdict: 'passed',
    expected: 'a trusted root',
    found: 'certificate authorities: 1; CT logs: 1; transparency logs: 1; timestamp authorities: 1',
  },
  {
    id: 'login',
    verdict: 'passed',
    expected: 'an issuer of this name',
    found: 'https://login.acme-international.example',
  },
  {
    id: 'fulcio',
    verdict: 'failed',
    expected: 'an authority of the trusted root',
    found: 'another one: CN=fulcio-intermediate.acme-international.example, until 2031-01-01T00:00:00Z',
    remedy: 'Fetch the trusted root of this Fulcio, or name the Fulcio of this trusted root.',
  },
  {
    id: 'rekor',
    verdict: 'could-not-check',
    expected: 'an answer within ten seconds',
    found: 'nothing',
    remedy: 'See to it that this machine reaches https://rekor.sigstore.acme-international.example.',
  },
  {
    id: 'timestamp authority',
    verdict: 'not-checked',
    expected: 'an authority of the trusted root',
    found: 'it says nothing without a request',
  },
]

const own = (listed: Pick<ListedProfile, 'name' | 'profile'> & Partial<ListedProfile>): ListedProfile => ({
  ships: false,
  asks: [],
  problem: null,
  ...listed,
})

/**
 * Profiles as an engine reports them: shipped ones, one that can be used, one that needs a value, one that is broken.
 */
export function profileActions(
  noted: (name: string) => (...input: unknown[]) => void,
  refuses: boolean,
): ProfileActions {
  const values: Record<string, string | null> = { DOCKER_USER: null, SIGSTORE_SUBJECT: null }
  let saved: string | null = null
  return {
    list: async () => {
      const filled = Object.values(values).every((value) => value !== null)
      const profiles: ListedProfile[] = [
        own({
          name: 'public',
          profile: serviceProfiles.public,
          ships: true,
          asks: Object.entries(values).map(([name, value]) => ({ name, value })),
          problem: filled ? null : unset,
        }),
        own({ name: 'sandbox', profile: sandboxProfile, ships: true }),
        own({ name: 'acme', profile: serviceProfiles.acme }),
        own({
          name: 'acme-agent',
          profile: serviceProfiles.agent,
          asks: [
            { name: 'SIGNER', value: 'ada.lovelace-of-the-analytical-engines@engineering.acme-international.example' },
          ],
        }),
        own({ name: 'broken', profile: null, problem: broken }),
      ]
      const more =
        saved === null ? [] : [own({ name: saved, profile: { ...serviceProfiles.acme, name: saved, title: saved } })]
      return ok({ profiles: [...profiles, ...more], folder: '/home/engineer/.config/sigstore-attestor/profiles' })
    },
    read: async (name) =>
      ok({
        text:
          name === 'public' ? publicText : name === 'broken' ? '{ "kind": "services", "title": "Broken" }' : acmeText,
      }),
    save: async (profile) => {
      noted('saveProfile')(profile)
      if (refuses) return err(refused)
      saved = profile.replace ? null : profile.name
      return ok({})
    },
    fill: async (name, filled) => {
      noted('fillProfile')(name, filled)
      // The environment sets the other values.
      if (name === 'public') Object.assign(values, filled)
      return ok({})
    },
    check: async (name) => {
      noted('checkProfile')(name)
      return ok({ checks: [...checks] })
    },
    use: async (name) => {
      noted('useProfile')(name)
      return ok({})
    },
  }
}
