/** What is masked, as one expression: what begins first, and of two at one place the first here. */
export function patternFor(machine: readonly string[]): RegExp {
  const names = machine.filter((name) => name !== '' && !/^localhost(?:\.|$)/i.test(name)).map(escaped)
  const parts = [
    url,
    mail(names),
    address6,
    path,
    codedPath,
    withPort,
    // Before the address that it may begin with.
    host,
    address,
    // Last: a name of this machine may be the first part of a host name, which has to be masked whole.
    ...(names.length === 0 ? [] : [`${notAfter('\\p{L}\\p{N}_-')}(?:${names.join('|')})(?![\\p{L}\\p{N}_-])`]),
  ]
  return new RegExp(parts.join('|'), 'giu')
}

/** Addresses only. */
export const mailPattern = (): RegExp => new RegExp(mail([]), 'giu')

const escaped = (name: string): string => name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

// An object identifier begins with 0, 1 or 2, and may have four numbers as well.
const number4 = '(?![0-2]\\.)(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?![\\d.]*\\d)'
const label = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]*[\\p{L}\\p{N}])?'
const stop = '\\s"\'`<>|;,(){}\\\\\\u0000-\\u001f\\u007f…'
/** Not after these characters, but after an escaped line end or tab of JSON, whose letter belongs to the escape. */
const notAfter = (characters: string): string => `(?:(?<![${characters}])|(?<=\\\\[nrt]))`
const inPath = `[^${stop}:\\[\\]]`

const url = `(?<url>(?<scheme>(?:[a-z][a-z0-9+.-]{0,20})?://)(?<user>[^${stop}/?#@\\[\\]]+@)?(?<host>\\[[0-9a-f:.]+\\]|[^${stop}/?#@:\\[\\]]+)(?<port>:\\d+)?(?<rest>[/?#](?:[^${stop}]*[^${stop}.:\\]])?)?)`

// A digest after the @ is an image reference; a mail address has a domain, and an account behind a gateway several.
const mail = (machine: readonly string[]): string =>
  `(?<mail>(?<![\\p{L}\\p{N}._%+-])[\\p{L}\\p{N}_%+-](?:[\\p{L}\\p{N}._%+-]*[\\p{L}\\p{N}_%+-])?(?:(?:@|%40)(?:${[`(?:${label}\\.)+\\p{L}[\\p{L}\\p{N}-]*`, number4, 'localhost', ...machine.map((name) => `${name}(?![\\p{L}\\p{N}])`)].join('|')}))+)`

// Two segments: a single one is a name of the system (/etc) or of an API (/changes).
const segments = `/[\\p{L}\\p{N}._@+~%-]+/(?:${inPath}*${inPath.replace('^', '^.')})?`
const path = `(?<path>${notAfter('\\p{L}\\p{N}_.:/~*+?)\\]}-')}~?${segments}|(?<=[^${stop}/:]:(?://)?)${segments})`

/** A path within a value of a URL. */
const codedPath = `(?<coded>(?:%2F[^${stop}%/&#?]+){2,}(?:%2F)?)`

const withPort = `(?<![\\p{L}\\p{N}_.@/:-])${label}(?:\\.${label})*(?=:\\d{2,5}/[a-z])`

// With a gap, or all eight groups; a fingerprint has more. Two colons before // belong to a URL.
const group6 = '[0-9a-f]{1,4}'
const groups6 = `${group6}(?::${group6}){0,6}`
const address6 = `(?:${notAfter('\\p{L}\\p{N}:.')}|(?<=[g-z]:))(?:(?:${group6}:){7}${group6}|(?:${groups6})?::(?:${groups6})?(?::(?:\\d{1,3}\\.){3}\\d{1,3})?)(?:%[a-z0-9]+)?(?![\\p{L}\\p{N}@]|:(?!\\s|$)|\\.\\d|//)`

const address = `(?<![\\d.])${number4}`

/** Endings of host names; a name with another one is known by its URL, its port or an address at it. */
const endings =
  'example|test|invalid|internal|intranet|local|lan|home|corp|private|arpa|com|org|net|edu|gov|mil|int|io|dev|app|cloud|ai|co|eu|us|uk|de|fr|nl|be|ch|at|it|es|pt|se|no|dk|fi|pl|cz|jp|cn|in|br|au|ca|ru|kr|tw|info|biz|tech|systems|services'
// A wildcard and a suffix (NO_PROXY) are host names without their first label.
const host = `(?:(?<![\\p{L}\\p{N}_.@/-])|(?<=(?:^|[\\s,;=(*"'])(?:[.@]|//)))(?:${label}\\.)+(?:${endings}|xn--[a-z0-9-]+|(?:(?![a-z])\\p{L}){2,})(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}])`
