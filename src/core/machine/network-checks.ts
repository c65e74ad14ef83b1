import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { type AppError, appError } from '../domain/app-error.ts'
import { errorCode } from '../files/read-regular.ts'
import { portTaken } from './ports.ts'

/**
 * Why the services of the sandbox could not listen on this machine or be reached there; empty when they can.
 * `everywhere` is a port that one of them needs on all interfaces, or null if a session of ours may hold it.
 */
export async function networkProblems(
  everywhere: { readonly port: number; readonly purpose: string } | null,
): Promise<readonly AppError[]> {
  const problems = [await loopbackProblem(), await localhostProblem()]
  // If nothing can listen, no port is taken.
  if (problems[0] === undefined && everywhere !== null)
    problems.push(await portTaken(everywhere.port, everywhere.purpose, true))
  return problems.filter((problem) => problem !== undefined)
}

async function loopbackProblem(): Promise<AppError | undefined> {
  const server = createServer()
  try {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const socket = connect({ port, host: '127.0.0.1' })
    await once(socket, 'connect')
    socket.destroy()
    return undefined
  } catch (error) {
    return appError(
      'machine.no-loopback',
      'No program can listen on 127.0.0.1 on this machine.',
      'Bring up the loopback interface with its usual address: sudo ip link set lo up && sudo ip address add 127.0.0.1/8 dev lo',
      { expected: 'a connection to 127.0.0.1', found: errorCode(error) },
    )
  } finally {
    server.close()
  }
}

async function localhostProblem(): Promise<AppError | undefined> {
  const addresses = await lookup('localhost', { all: true }).catch((): LookupAddress[] => [])
  const found = addresses.map(({ address }) => address)
  if (found.includes('127.0.0.1')) return undefined
  return appError(
    'machine.localhost',
    'The name localhost does not lead to 127.0.0.1 on this machine.',
    "Add the line to /etc/hosts: echo '127.0.0.1 localhost' | sudo tee -a /etc/hosts",
    { expected: 'localhost resolves to 127.0.0.1', found: found.length === 0 ? 'no address' : found.join(', ') },
  )
}
