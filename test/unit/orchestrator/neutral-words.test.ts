import { describe, expect, it } from 'vitest'
import { neutralWords } from '../../../src/core/orchestrator/recording/neutral-words.ts'

const folders = {
  state: '/home/ada/.local/state/sigstore-attestor',
  cache: '/var/cache/ada/sigstore-attestor',
  config: '/home/ada/.config/sigstore-attestor',
  runtime: '/run/user/7/sigstore-attestor',
}
const neutral = neutralWords(folders, ['/srv/checkouts/attestor'], { home: '/home/ada', name: 'ada-box' })

describe('text that may leave this machine', () => {
  it.each([
    [
      '--trusted-root=/home/ada/.local/state/sigstore-attestor/x',
      '--trusted-root=/home/you/.local/state/sigstore-attestor/x',
    ],
    ['unix:///run/user/7/sigstore-attestor/docker.sock', 'unix:///run/user/1000/sigstore-attestor/docker.sock'],
    ['"/srv/checkouts/attestor/dist/x.cjs"', '"/opt/sigstore-attestor/dist/x.cjs"'],
    ['HOME=/home/ada', 'HOME=/home/you'],
    ['105 [ada-box/Pr4u-000002] "POST', '105 [this-machine/Pr4u-000002] "POST'],
    ['/home/ada:/home/ada/bin', '/home/you:/home/you/bin'],
    ['exec /var/cache/ada/sigstore-attestor/bin/cosign.', 'exec /home/you/.cache/sigstore-attestor/bin/cosign.'],
  ])('name no place of it: %s', (found, instead) => {
    expect(neutral(found)).toBe(instead)
  })

  it.each(['/home/adam/x', '/mnt/home/ada/x', 'demo/home/ada', 'sha256:ada', '/home/ada-2/x', './home/ada'])(
    'is unchanged if it names another: %s',
    (text) => {
      expect(neutral(text)).toBe(text)
    },
  )
})
