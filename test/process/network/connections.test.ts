import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { isLoopback, peersIn } from '../../../src/core/network/outside/sockets.ts'
import { ConnectionWatch } from '../../../src/core/network/outside/watch.ts'

// An address of this machine that is not loopback stands for another machine: the kernel routes it, no packet leaves.
const own = Object.values(networkInterfaces())
  .flat()
  .find((each) => each !== undefined && !each.internal && each.family === 'IPv4')?.address

describe('the kernel’s tables', () => {
  it('are read: IPv4, IPv6, and IPv4 in IPv6; what has no peer or another form is left out', () => {
    const line = (remote: string, inode = '77') =>
      `   0: 0100007F:1F90 ${remote} 01 00000000:00000000 00:00000000 00000000  0        0 ${inode} 1`
    expect(peersIn(line('077100CB:01BB'))).toEqual([{ inode: '77', address: '203.0.113.7', port: 443 }])
    expect(peersIn(line('B80D0120000000000000000001000000:0050'))[0]?.address).toBe('2001:db8::1')
    expect(peersIn(line('0000000000000000FFFF0000077100CB:0050'))[0]?.address).toBe('203.0.113.7')
    expect(isLoopback(peersIn(line('00000000000000000000000001000000:0050'))[0]?.address ?? '')).toBe(true)
    for (const none of [
      '',
      'x',
      line('00000000:0000'),
      line('zz:50'),
      line('0100007F:0050', '0'),
      '  sl  local_address rem_address st',
    ])
      expect(peersIn(none)).toEqual([])
  })
})

describe('connections to other machines', () => {
  let watch: ConnectionWatch | undefined
  afterEach(() => watch?.close())

  it.skipIf(own === undefined)(
    'of a child process are counted and listed once; those to loopback are not',
    async () => {
      const peers: Socket[] = []
      const server = createServer((socket) => void peers.push(socket))
      await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      const client = spawn(process.execPath, [
        '-e',
        `const net = require('node:net'); let open = 0
       for (const host of ['127.0.0.1', '${own}']) net.connect(${port}, host, () => { if (++open === 2) console.log('open') })`,
      ])
      try {
        await new Promise((resolve) => client.stdout.once('data', resolve))
        watch = new ConnectionWatch(client.pid ?? 0, '/a folder that no command line names')
        watch.sample()
        watch.sample()
        expect(watch.measured()).toMatchObject({ processes: 1, unread: 0, inside: 1 })
        expect(watch.measured().samples).toBeGreaterThan(1)
        expect(watch.measured().outside).toMatchObject([{ address: own, port }])
      } finally {
        client.kill()
        for (const peer of peers) peer.destroy()
        server.close()
      }
    },
  )

  it.skipIf(own === undefined)('are found when they come after many samples, and only those of the child', async () => {
    const peers: Socket[] = []
    const server = createServer((socket) => void peers.push(socket))
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const script = `process.stdin.once('data', () => require('node:net').connect(${port}, '${own}', () => console.log('open')))`
    const client = spawn(process.execPath, ['-e', script])
    const ours = connect(port, own)
    try {
      await once(ours, 'connect')
      watch = new ConnectionWatch(client.pid ?? 0, '/a folder that no command line names')
      for (let sample = 0; sample < 5; sample += 1) watch.sample()
      expect(watch.measured()).toMatchObject({ processes: 1, inside: 0, outside: [] })
      client.stdin.write('\n')
      await once(client.stdout, 'data')
      watch.sample()
      expect(watch.measured().outside).toMatchObject([{ address: own, port }])
    } finally {
      client.kill()
      ours.destroy()
      for (const peer of peers) peer.destroy()
      server.close()
    }
  })

  it('counts a process that names the folder, whoever its parent is, and nothing else', async () => {
    const child = spawn('sleep', ['60'], { argv0: 'sleep-of-/planted/folder' })
    try {
      watch = new ConnectionWatch(999_999_999, '/planted/folder')
      await expect.poll(() => (watch?.sample(), watch?.measured().processes)).toBe(2)
    } finally {
      child.kill()
    }
  })

  it('counts a process that names the folder only since it runs another program', async () => {
    const script = 'read line; exec -a "$NAME" sleep 60'
    const child = spawn('bash', ['-c', script], { env: { ...process.env, NAME: 'sleep-of-/planted/later' } })
    try {
      watch = new ConnectionWatch(999_999_999, '/planted/later')
      for (let sample = 0; sample < 4; sample += 1) watch.sample()
      expect(watch.measured().processes).toBe(1)
      child.stdin.write('\n')
      await expect.poll(() => (watch?.sample(), watch?.measured().processes)).toBe(2)
    } finally {
      child.kill()
    }
  })
})
