import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskedLine } from '../../../src/core/domain/camera-mask/masked-line.ts'
import { createMasker } from '../../../src/core/domain/camera-mask/masker.ts'

const masked = (text: string, machine: readonly string[] = []) => createMasker(machine).text(text)

describe('the mask for cameras', () => {
  it.each([
    ['jane.doe@acme.example', 'm1xx.xxx@h1xx.xxxxxxx'],
    ['signed by jane@acme.example, at last.', 'signed by m1xx@h1xx.xxxxxxx, at last.'],
    ['https://rekor.acme.example:8443/api/v1', 'https://h1xxx.xxxx.xxxxxxx:8443/p1x/xx'],
    ['https://user:secret@acme.example/x', 'https://m1xx:xxxxxx@h1xx.xxxxxxx/1'],
    ['spiffe://acme.example/workload/hello', 'spiffe://h1xx.xxxxxxx/workload/hello'],
    ['/home/jane/.cache/x', '/p1xx/xxxx/.xxxxx/x'],
    ['--dir=/home/jane/x', '--dir=/p1xx/xxxx/x'],
    ['unix:/run/user/1000/api.sock', 'unix:/p1x/xxxx/xxxx/xxx.xxxx'],
    ['unix:///run/user/1000/api.sock', 'unix:///p1x/xxxx/xxxx/xxx.xxxx'],
    ['curl --data-binary @/tmp/demo/x', 'curl --data-binary @/p1x/xxxx/x'],
    ['~/.config/sigstore-attestor', '~/.p1xxxx/xxxxxxxx-xxxxxxxx'],
    ['registry.acme.example:5000/team/hello', 'h1xxxxxx.xxxx.xxxxxxx:5000/team/hello'],
    ['registry:5000/team/hello', 'h1xxxxxx:5000/team/hello'],
    ['10.1.2.3 answered', 'h1.x.x.x answered'],
    ['jürgen@acme.example', 'm1xxxxx@h1xx.xxxxxxx'],
    ['anna@bücher.example', 'm1xx@h1xxxxx.xxxxxxx'],
    ['bücher.example and xn--bcher-kva.xn--p1ai', 'h1xxxxx.xxxxxxx and h2--xxxxx-xxx.xx--xxxx'],
    ['анна@пример.рф', 'm1xxxxxx@h1xxxxxxxxxx.xxxx'],
    ['?login_hint=jane%40acme.example&x=1', '?login_hint=m1xx%40h1xx.xxxxxxx&x=1'],
    ['dir%3D%2Fhome%2Fjane%2Fx', 'dir%3D%p1xxxx%xxxxxx%xxx'],
    ['jane@10.1.2.3 and jane@localhost', 'm1xx@h1.x.x.x and m1xx@localhost'],
    ['fe80::1%eth0, [2001:db8::17]:443', 'h1xx::x%xxxx, [h2xx:xxx::xx]:443'],
    ['2001:db8:0:0:0:0:0:17', 'h1xx:xxx:x:x:x:x:x:xx'],
    ['::ffff:10.1.2.3', '::h1xx:xx.x.x.x'],
    ['http://localhost:21/x|a.b@acme.example', 'http://localhost:21/x|m.1@h1xx.xxxxxxx'],
    [String.raw`failed\n/home/jane/x: not found`, String.raw`failed\n/p1xx/xxxx/x: not found`],
    [String.raw`at\t2001:db8::5`, String.raw`at\th1xx:xxx::x`],
    ['valid for *.acme.com, acme.com', 'valid for *.h1xx.xxx, h1xx.xxx'],
    ['NO_PROXY=acme.com,.corp.acme.com', 'NO_PROXY=h1xx.xxx,.h2xx.xxxx.xxx'],
    ['@rekor.acme.com and //rekor.acme.com/api', '@h1xxx.xxxx.xxx and //h1xxx.xxxx.xxx/api'],
    ['192.168.7.8.acme.com and 10.1.2.3.nip.io', 'h1x.xxx.x.x.xxxx.xxx and h2.x.x.x.xxx.xx'],
    ['10.1.2.3acme.example', 'h1.x.x.xxxxx.xxxxxxx'],
    ['listen tcp 2001:db8::5: bind: refused', 'listen tcp h1xx:xxx::x: bind: refused'],
    ['addr:2001:db8::1', 'addr:h1xx:xxx::x'],
  ])('%s', (text, expected) => {
    expect(masked(text)).toBe(expected)
  })

  it.each([
    'http://localhost:5003/api/v2/log',
    'http://127.0.0.1:8080/x/y and 0.0.0.0 and [::1]',
    'https://slsa.dev/provenance/v1 and https://in-toto.io/Statement/v1',
    'hello@sha256:0123',
    '::1, ::, std::string, ::error::, 12:34:56, SHA256:ab:cd, and/or',
    'ab:cd:ef:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef:01',
    '100%25 of %2F',
    'application/vnd.dev.sigstore.bundle.v0.3+json',
    '1.3.6.1.4.1.57264.1.1',
    'commonName, 2.5.4.3 and 2.5.29.17',
    'version 20.10.24, step.started, content.json, and/or, 2026-11-21T20:34:00Z, either/or/both',
    '/etc',
    '',
  ])('leaves %j as it is', (text) => {
    expect(masked(text)).toBe(text)
  })

  it('masks the machine’s names, whole words only, whatever their case', () => {
    expect(masked('on talk-box or TALK-BOX, not talk-boxes; localhost', ['talk-box', 'localhost'])).toBe(
      'on h1xx-xxx or h1xx-xxx, not talk-boxes; localhost',
    )
    expect(masked('a.b (c+', ['(c+', 'a.b'])).not.toContain('a.b')
    expect(masked('root@talk-box:/root/x', ['talk-box'])).toBe('m1xx@h1xx-xxx:/p1xx/x')
  })

  it('gives the same value the same mask, and others others, so that comparing still works', () => {
    const { text } = createMasker([])
    const [one, two, again] = ['ann@a.example', 'bob@a.example', 'ann@a.example'].map(text)
    expect(one).toBe(again)
    expect(one).not.toBe(two)
    const short = Array.from({ length: 30 }, (_, at) => text(`${String.fromCharCode(97 + (at % 26))}${at}@a.example`))
    expect(new Set(short).size).toBe(30)
  })

  it('looks into base64, base64 in base64, PEM, hex and DER, and keeps every length', () => {
    const { text, bytes } = createMasker([])
    const inner = 'the signer is jane.doe@acme.example, certified'
    const mask = text(inner)
    const coded = (value: string) => Buffer.from(value).toString('base64')
    expect(Buffer.from(text(coded(inner)), 'base64').toString()).toBe(mask)
    expect(Buffer.from(Buffer.from(text(coded(coded(inner))), 'base64').toString(), 'base64').toString()).toBe(mask)
    expect(Buffer.from(text(Buffer.from(inner).toString('base64url')), 'base64url').toString()).toBe(mask)
    expect(Buffer.from(text(Buffer.from(inner).toString('hex')), 'hex').toString()).toBe(mask)
    const body = coded(inner.repeat(4)).replace(/.{64}/g, '$&\n')
    const pem = `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`
    expect(text(pem)).toHaveLength(pem.length)
    expect(Buffer.from(text(pem).split('-----')[2] ?? '', 'base64').toString()).toBe(mask.repeat(4))
    const der = Buffer.concat([
      Buffer.from([0x30, 0x82, 0xff, 0x16, 21]),
      Buffer.from('jane.doe@acme.example'),
      Buffer.from([0xff]),
    ])
    expect(Buffer.from(bytes(der)).toString('latin1')).toBe(
      der.toString('latin1').replace('jane.doe@acme.example', text('jane.doe@acme.example')),
    )
  })

  it('masks a line as if it had no colours, which stay where they are', () => {
    const esc = '\u001b['
    const line = (text: string) => maskedLine(text, createMasker(['talk-box']).text)
    expect(line(`${esc}32m/home/jane/x${esc}0m created`)).toBe(`${esc}32m/p1xx/xxxx/x${esc}0m created`)
    expect(line(`${esc}1mtalk-box${esc}0m is ready`)).toBe(`${esc}1mh1xx-xxx${esc}0m is ready`)
    expect(line(`/home/${esc}1mjane${esc}0m/x`)).toBe(`/p1xx/${esc}1mxxxx${esc}0m/x`)
    expect(line(`${esc}32mready`)).toBe(`${esc}32mready`)
  })

  it('keeps a tag of DER that looks like a letter of the value before it, and the value its mask', () => {
    const { text, bytes } = createMasker([])
    const value = 'jane.doe@acme.example'
    const part = (tag: number, contents: readonly number[]) => [tag, contents.length, ...contents]
    // 0x30 begins a sequence, and is the digit 0.
    const der = Uint8Array.from(part(0x30, [...part(0x81, [...Buffer.from(value)]), ...part(0x30, part(0x02, [1]))]))
    const after = Buffer.from(bytes(der)).toString('latin1')
    expect(after).toBe(Buffer.from(der).toString('latin1').replace(value, text(value)))
  })

  it('masks PEM once, and base64 after an equals sign', () => {
    const { text } = createMasker([])
    const coded = Buffer.from('jane.doe@acme.example, '.repeat(12)).toString('base64')
    const pem = `-----BEGIN CERTIFICATE-----\n${coded.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
    expect(text(text(pem))).toBe(text(pem))
    expect(text(`payload=${coded}`)).toBe(`payload=${text(coded)}`)
    expect(text(coded)).not.toBe(coded)
  })

  it('keeps every offset where a value lies beside bytes that are no text', () => {
    const { text, bytes } = createMasker([])
    for (const value of ['/home/jane/x', 'jane@acme.example', 'jürgen@acme.example', 'acme.example'])
      for (const beside of [[0xff], [0xe9], [0x82, 0x05], [0xc3], [0xed, 0xa0, 0x80]]) {
        const whole = Buffer.concat([Buffer.from(beside), Buffer.from(value), Buffer.from(beside)])
        const after = Buffer.from(bytes(whole))
        expect(after).toHaveLength(whole.length)
        const place = [beside.length, beside.length + Buffer.byteLength(value)] as const
        expect(after.subarray(...place).toString()).toBe(text(value))
        expect(after.subarray(place[1])).toEqual(Buffer.from(beside))
      }
  })

  it.each([
    // A name of this machine that begins a longer name, and separators that belong to what follows.
    'box.acme.example',
    'a@box@acme.example',
    'a@b.example@acme.example',
    'a::a@acme.example',
    '://\ud800:://acme.example',
    '://\ud800:///acme.example/x',
    'jane@boxé@acme.example',
    'a@acme.example@',
    'a@acme.example@b.example:22',
    'a@acme.example%40b',
  ])('masks the company in %j, and its mask is itself', (whole) => {
    const { text } = createMasker(['box'])
    expect(text(whole)).not.toMatch(/acme|example/)
    expect(text(text(whole))).toBe(text(whole))
  })

  it('masks a mask as itself, and throws and lengthens nothing, whatever it is given', () => {
    const parts = fc.constantFrom(
      '@',
      '://',
      '/',
      '.',
      ':',
      'a',
      'é',
      '\u0000',
      '-----BEGIN X-----\n',
      'acme.example',
      ' ',
      '~',
      '[',
      '\\n',
      'aGVsbG8gd29ybGQgaGVsbG8gd29ybGQg',
      '\ud800',
      'box',
      '-',
      '::',
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 30 }), (pieces) => {
        const { text } = createMasker(['box'])
        const whole = pieces.join('')
        const once = text(whole)
        expect(text(once)).toBe(once)
        if (!/[é\ud800]/.test(whole)) expect(once).toHaveLength(whole.length)
      }),
      { numRuns: 200 },
    )
    expect(masked('/'.repeat(100_000))).toHaveLength(100_000)
    expect(masked(`${'a.'.repeat(50_000)}b`)).toHaveLength(100_001)
    expect(masked('a@'.repeat(20_000))).toHaveLength(40_000)
  })

  it('leaves none of the values of a recorded run', () => {
    const { text } = createMasker([])
    const shown = readFileSync('test/renderer/recordings/signed.jsonl', 'utf8')
      .trim()
      .split('\n')
      .map((line) =>
        JSON.stringify(JSON.parse(line), (_key, value: unknown) => (typeof value === 'string' ? text(value) : value)),
      )
      .join('\n')
    for (const real of [
      'engineer@sandbox.example',
      '/tmp/demo',
      '/home/you',
      'demo.test',
      'sandbox.example',
      Buffer.from('@sandbox.example').toString('hex'),
    ])
      expect(shown.includes(real), real).toBe(false)
  })
})
