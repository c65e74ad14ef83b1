import { isIPv4 } from 'node:net'

/** A socket that has a peer. */
export interface PeerSocket {
  readonly inode: string
  readonly address: string
  readonly port: number
}

/**
 * The sockets with a peer in a table of the kernel (`/proc/net/tcp`, `tcp6`, `udp`, `udp6`; proc(5)). A line that has
 * another form is left out.
 */
export function peersIn(table: string): readonly PeerSocket[] {
  return table.split('\n').flatMap((line) => {
    const [, , remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/)
    const [hex = '', port = ''] = remote.split(':')
    const address = addressOf(hex)
    const number = Number.parseInt(port, 16)
    return address === undefined || !(number > 0) || !/^[1-9]\d*$/.test(inode) ? [] : [{ inode, address, port: number }]
  })
}

/** The kernel writes each 32 bits in the machine's order; every platform of this program is little-endian. */
function addressOf(hex: string): string | undefined {
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/i.test(hex)) return undefined
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).toReversed(),
  )
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255)
    return bytes.slice(12).join('.')
  const words = Array.from({ length: 8 }, (_, at) =>
    (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16),
  )
  return words.join(':').replace(/(?:^|:)0(?::0)+(?:$|:)/, '::')
}

/** Whether an address is on this machine for certain: loopback. A bridge's or a LAN's is counted as outside. */
export const isLoopback = (address: string): boolean =>
  isIPv4(address) ? address.startsWith('127.') : address === '::1'
