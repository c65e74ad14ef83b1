import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CredentialSource,
  credentialSource,
  parseDockerConfig,
} from '../../../src/core/registry/login/docker-config.ts'

const host = 'reg.example'
const look = (config: unknown, at = host, plainHttp = false): CredentialSource | undefined => {
  const parsed = parseDockerConfig(typeof config === 'string' ? config : JSON.stringify(config))
  return parsed && credentialSource(parsed, at, plainHttp)
}
const auth = Buffer.from('me:se:cret').toString('base64')
const login = { kind: 'password', username: 'me', password: 'se:cret' }
const none = { kind: 'none' }

describe('a Docker configuration', () => {
  it.each(['', ' \n', 'null', '{}', '{"auths":null,"credHelpers":null,"credsStore":null}', '{"credsStore":""}'])(
    'has no credentials when it is %j',
    (text) => {
      expect(look(text)).toEqual(none)
    },
  )

  it.each(['{', '[]', '"x"', '{"auths":[]}', '{"auths":{"reg.example":{"auth":1}}}', '{"credsStore":{}}'])(
    'is none when it is %s',
    (text) => {
      expect(look(text)).toBeUndefined()
    },
  )

  it.each<[string, object, object]>([
    ['a blank store', { credsStore: '', auths: { [host]: { auth } } }, login],
    [
      'a blank helper, before a store',
      { credHelpers: { [host]: '' }, credsStore: 's', auths: { [host]: { auth } } },
      login,
    ],
    ['a blank identity token', { auths: { [host]: { auth, identitytoken: '' } } }, login],
    ['null fields', { auths: { [host]: { auth, identitytoken: null, username: null, email: null } } }, login],
    [
      'a blank auth beside name and password',
      { auths: { [host]: { auth: '', username: 'me', password: 'se:cret' } } },
      login,
    ],
    ['an identity token', { auths: { [host]: { auth, identitytoken: 't' } } }, { kind: 'refresh-token', token: 't' }],
    [
      'NUL around the password',
      { auths: { [host]: { auth: Buffer.from('me:se:cret\0\0').toString('base64') } } },
      login,
    ],
    ['an empty entry', { auths: { [host]: {} } }, none],
    ['an entry that is null', { auths: { [host]: null } }, none],
    ['an auth that is no login', { auths: { [host]: { auth: 'bm90aGluZw==' } } }, { kind: 'unreadable' }],
    [
      'an auth without a name',
      { auths: { [host]: { auth: Buffer.from(':x').toString('base64') } } },
      { kind: 'unreadable' },
    ],
    [
      'another host',
      { auths: { 'other.example': { auth }, [`${host}.evil`]: { auth }, [`evil/${host}`]: { auth } } },
      none,
    ],
    [
      'a store',
      { credsStore: 's', auths: { [host]: { auth } } },
      { kind: 'helper', helper: 's', name: host, otherwise: login },
    ],
    ['a helper under an address, which docker does not find', { credHelpers: { [`https://${host}/`]: 'h' } }, none],
    [
      'a helper before a store',
      { credsStore: 's', credHelpers: { [host]: 'h' } },
      { kind: 'helper', helper: 'h', name: host },
    ],
  ])('with %s', (_, config, expected) => {
    expect(look(config)).toEqual(expected)
  })

  it.each([
    'https://HOST',
    'https://HOST/',
    'http://HOST/v2/',
    'HOST/',
    'HOST/v1/',
    'HOST:443',
    'https://HOST:443/v2/',
  ])('has the login under %s', (key) => {
    expect(look({ auths: { 'other.example': {}, [key.replace('HOST', host)]: { auth } } })).toEqual(login)
  })

  it.each([
    [`${host}:443`, host, false, true],
    [`${host}:443`, host, true, false],
    [`${host}:80`, host, true, true],
    [`${host}:80`, host, false, false],
    [host, `${host}:443`, false, true],
    [host, `${host}:5000`, false, false],
    [`${host}:5000`, host, false, false],
  ])('under %s has the login for %s (plain http: %s): %s', (key, at, plainHttp, found) => {
    expect(look({ auths: { [key]: { auth } } }, at, plainHttp)).toEqual(found ? login : none)
  })

  it('prefers the very name', () => {
    expect(look({ auths: { [`https://${host}/`]: { auth: 'bm90aGluZw==' }, [host]: { auth } } })).toEqual(login)
  })

  it.each(['https://index.docker.io/v1/', 'docker.io', 'https://registry-1.docker.io/v2/'])(
    'has Docker Hub under %s',
    (key) => {
      expect(look({ auths: { [key]: { auth } } }, 'docker.io')).toEqual(login)
    },
  )

  it('has no login that stands under another host, whatever the keys are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.constant({ auth })), (auths) => {
        const source = look({ auths })
        const ours = Object.keys(auths).some((key) => key.toLowerCase().includes(host))
        expect(source?.kind).toBe(ours ? 'password' : 'none')
      }),
    )
  })
})
