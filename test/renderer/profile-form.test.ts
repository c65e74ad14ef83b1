import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Draft,
  draftOfText,
  empty,
  type FieldId,
  isAsked,
  nameFor,
  problemsOf,
  textOfDraft,
} from '../../renderer/profiles/form-fields.ts'
import { askedFor, sandboxFirst } from '../../renderer/profiles/meaning.ts'
import { parseProfileText } from '../../src/core/profiles/read-profile.ts'
import { sandboxProfile } from '../../src/core/workflow/profile.ts'
import { serviceProfiles } from './recorded-with.ts'

const filled: Draft = {
  ...empty,
  title: 'Acme',
  fulcio: 'https://fulcio.acme.example',
  rekor: 'https://rekor.acme.example',
  timestampAuthority: 'https://tsa.acme.example/api/v1/timestamp',
  rootFile: '/etc/acme/trusted_root.json',
  issuer: 'https://login.acme.example',
  signerIssuer: 'https://login.acme.example',
  subject: 'ada@acme.example',
  host: 'registry.acme.example',
  repository: 'team/hello',
}
const existing = { trustDomain: 'acme.example', trustBundle: '/b.pem', parentId: 'spiffe://acme.example/node' }
const drafts: Readonly<Record<string, Draft>> = {
  plain: filled,
  public: { ...filled, public: 'yes', rekorVersion: '1', timestampAuthority: '' },
  config: { ...filled, where: 'config', signingConfig: '/etc/acme/signing_config.json' },
  tuf: { ...filled, root: 'tuf', tufMirror: 'https://tuf.acme.example', tufRoot: '/root.json' },
  login: {
    ...filled,
    servicesCaFile: '/ca.pem',
    clientId: 'acme-cli',
    secretVariable: 'ACME_SECRET',
    redirectUrl: 'http://localhost:8400/cb',
    connector: 'signer.issuer',
  },
  device: { ...filled, loginFlow: 'device' },
  docker: { ...filled, credentials: 'docker', caFile: '/ca.pem' },
  credentials: { ...filled, credentials: 'file', dockerConfig: '/acme/config.json', plainHttp: 'yes' },
  agent: { ...filled, spire: 'agent', agentSocket: '/s.sock', decisions: '/records', ...existing },
  server: { ...filled, spire: 'server', server: 'spire.acme.example:8081', joinToken: 'JOIN_TOKEN', ...existing },
}

describe('the form of a profile', () => {
  it.each(Object.entries(drafts))('writes what the engine takes, and reads it again: %s', (_, draft) => {
    const text = textOfDraft(draft)
    expect(parseProfileText(text, 'acme.json')).toMatchObject({ ok: true })
    const read = draftOfText(text, empty)
    expect('draft' in read && textOfDraft(read.draft)).toBe(text)
  })

  it('reads a key under its old name, and writes it under the new one', () => {
    const text = textOfDraft({ ...filled, caFile: '/ca.pem' })
    const read = draftOfText(text.replace('"caFile"', '"tlsAuthority"'), empty)
    expect('draft' in read && textOfDraft(read.draft)).toBe(text)
  })

  it('reads the shipped profile', () => {
    const text = readFileSync(new URL('../../assets/profiles/public.json', import.meta.url), 'utf8')
    const read = draftOfText(text, empty)
    expect('draft' in read && JSON.parse(textOfDraft(read.draft))).toEqual(JSON.parse(text))
  })

  it('loses nothing that was typed for another choice, also on the way through the text', () => {
    const chosen: Draft = { ...filled, root: 'tuf', tufMirror: 'https://tuf.acme.example' }
    const read = draftOfText(textOfDraft(chosen), chosen)
    expect('draft' in read && read.draft.rootFile).toBe('/etc/acme/trusted_root.json')
  })

  it('keeps every value, whatever is typed', () => {
    const typed = fc.record(Object.fromEntries(Object.keys(empty).map((id) => [id, fc.string()])))
    fc.assert(
      fc.property(typed, (values) => {
        const choices = {
          public: 'no',
          where: 'named',
          rekorVersion: '2',
          root: 'file',
          plainHttp: 'no',
          loginFlow: 'browser',
          credentials: 'none',
          spire: 'ours',
        }
        const draft = { ...empty, ...values, ...choices } as Draft
        const read = draftOfText(textOfDraft(draft), draft)
        const asked = (Object.keys(empty) as FieldId[]).filter((id) => isAsked(draft, id))
        expect('draft' in read && asked.map((id) => read.draft[id])).toEqual(asked.map((id) => draft[id].trim()))
      }),
    )
  })

  it.each([
    ['{', 'This is not JSON yet'],
    ['[]', 'only an object with'],
    ['{"kind":"sandbox","title":"x"}', 'only an object with'],
    ['{"kind":"services","sigstore":{"fulcoi":{"url":"x"}}}', 'no field for this: sigstore.fulcoi.url'],
    ['{"kind":"services","title":7}', 'no field for this: title'],
    ['{"kind":"services","title":{}}', 'no field for this: title'],
    ['{"kind":"services","__proto__":{}}', 'no field for this: __proto__'],
    [`${'{"kind":"services","a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 'no field for this: a.'],
    ['{"kind":"services","sigstore":{"rekor":{"version":3}}}', 'no field for this: sigstore.rekor.version'],
  ])('says why it cannot show %s', (text, why) => {
    const read = draftOfText(text, empty)
    expect('why' in read && read.why).toContain(why)
  })

  it('puts each problem at its field, and lists the others separately', () => {
    const refused = parseProfileText(textOfDraft({ ...empty, spire: 'agent', rekor: 'ftp://x' }), 'x.json')
    const found = refused.ok ? '' : (refused.error.found ?? '')
    const { at, others } = problemsOf(found, { ...empty, spire: 'agent', rekor: 'ftp://x' })
    expect(others).toEqual([])
    expect(at).toMatchObject({
      title: 'This is needed.',
      rootFile: 'This is needed.',
      rekor: 'no http or https address',
      timestampAuthority: 'Rekor v2 gives no time: a timestamp authority is needed',
      agentSocket: 'This is needed.',
      host: 'This is needed.',
    })
    expect(problemsOf('registry.password: this key is not known.', empty).others).toHaveLength(1)
  })

  it('suggests a valid file name', () => {
    expect(nameFor('  Ácme & Söhne, Ltd. ')).toBe('acme-sohne-ltd')
    expect(nameFor('!')).toBe('')
  })
})

it('offers the sandbox first, and labels needed values in plain words', () => {
  const listed = (name: string, ships: boolean) => ({
    name,
    profile: name === 'sandbox' ? sandboxProfile : serviceProfiles.acme,
    ships,
    asks: [],
    problem: null,
  })
  const profiles = [listed('acme', false), listed('public', true), listed('sandbox', true)]
  expect(sandboxFirst(profiles).map(({ name }) => name)).toEqual(['sandbox', 'public', 'acme'])
  expect(askedFor('DOCKER_USER', serviceProfiles.public)[0]).toBe('Your name at Docker Hub')
  expect(askedFor('SIGSTORE_SUBJECT', serviceProfiles.public)[1]).toContain('for ever')
  expect(askedFor('OTHER', null)[0]).toContain('OTHER')
})
