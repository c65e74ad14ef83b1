import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { freePort, lastingPort, portHolder, portTaken } from '../../../src/core/machine/ports.ts'

test.each([
  ['127.0.0.1', false],
  ['127.0.0.1', true],
  ['0.0.0.0', false],
])(
  'A port that another program holds on %s is refused, and the error names that program.',
  async (host, everywhere) => {
    const port = await freePort()
    const source = `require('node:net').createServer().listen(${port}, '${host}', () => console.log('listening'))`
    const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    const error = await portTaken(port, 'a test', everywhere)
    expect(error).toMatchObject({ code: 'machine.port-taken', expected: `port ${port} free for a test` })
    expect(error?.found).toContain(`process ${child.pid} (${process.execPath} -e`)
    expect(error?.remedy).toMatch(
      new RegExp(`Look at \\S+, process ${child.pid} \\(.ps -fp ${child.pid}.\\).*kill ${child.pid}`),
    )
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await portTaken(port, 'a test', everywhere)).toBeUndefined()
    expect(await portHolder(port)).toBeUndefined()
  },
)

test('A permanent port lies below the ports that Linux gives to outgoing connections.', async () => {
  const ports = await Promise.all(Array.from({ length: 5 }, lastingPort))
  expect(ports.every((port) => port >= 20_000 && port < 30_000)).toBe(true)
  expect(new Set(ports).size).toBe(5)
})
