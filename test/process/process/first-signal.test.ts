import { EventEmitter, getEventListeners } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it, onTestFinished } from 'vitest'
import { firstSignal } from '../../../src/core/process/first-signal.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

it('ends a request at its time limit, whatever is collected meanwhile', async () => {
  const server = createServer(() => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const ending = new AbortController()
  const asked = fetch(`http://127.0.0.1:${port}/`, {
    signal: firstSignal(AbortSignal.timeout(1_000), ending.signal),
  }).then(
    () => 'answered',
    (error: Error) => error.name,
  )
  const collecting = setInterval(collect, 100)
  onTestFinished(() => clearInterval(collecting))
  expect(await asked).toBe('TimeoutError')
})

it('has the reason of the first, and leaves nothing at the others', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const signal = firstSignal(one.signal, undefined, other.signal)
  expect(signal.aborted).toBe(false)
  other.abort('other')
  one.abort('one')
  expect(signal.reason).toBe('other')
  expect(getEventListeners(one.signal, 'abort')).toEqual([])
})

it('of no signal is never aborted, and changes no limit of others', () => {
  expect(firstSignal(undefined).aborted).toBe(false)
  expect(EventEmitter.defaultMaxListeners).toBe(10)
})

it('is aborted at once by what is aborted already', () => {
  const open = new AbortController()
  const signal = firstSignal(open.signal, AbortSignal.abort('before'))
  expect(signal.reason).toBe('before')
  expect(getEventListeners(open.signal, 'abort')).toEqual([])
})

it('may be made of one source many times, and nothing is written to stderr', async () => {
  const warnings: string[] = []
  const note = ({ message }: Error): unknown => warnings.push(message)
  process.on('warning', note)
  const ending = new AbortController()
  const made = Array.from({ length: 100 }, () => firstSignal(ending.signal, undefined))
  // Warnings come one turn later.
  await new Promise(setImmediate)
  process.off('warning', note)
  expect(warnings).toEqual([])
  ending.abort()
  expect(made.every(({ aborted }) => aborted)).toBe(true)
})
