import '../../process/close-inspector.ts'
import '../../process/umask.ts'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type IssuerKeys, issuerUrl, parseIssuerState } from '../issuer-state.ts'
import { buildRoute } from './build-route.ts'
import type { LoginLine } from './login-line.ts'
import { loginRoute } from './login-route.ts'
import { errorPage, pageHeaders } from './pages.ts'
import { makeProvider } from './provider.ts'

/**
 * One of the sandbox's OpenID Connect issuers as a program of its own: `node oidc-issuer.mjs <issuer.json> <port>`. The
 * file holds private keys, therefore its path is the argument; the port says which of its issuers this one is. Prints one
 * JSON line for each thing that happens to a login.
 */
async function main(stateFile: string | undefined, port: string | undefined): Promise<void> {
  if (stateFile === undefined || port === undefined) throw new Error('Give the path of issuer.json and a port of it.')
  const { issuers } = parseIssuerState(readFileSync(stateFile, 'utf8'))
  const keys = issuers.find((each) => String(each.port) === port)
  if (keys === undefined) throw new Error(`Expected ${issuers.map((each) => each.port).join(' or ')}, found ${port}.`)
  // The build system belongs to the first issuer alone.
  const servers = await serve(keys, keys === issuers[0] ? buildRoute(keys) : () => false)
  const end = (): void => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
  }
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
}

/** Listens on both loopback addresses: `localhost` may mean either, and no other program shall answer on the other. */
async function serve(keys: IssuerKeys, isBuild: ReturnType<typeof buildRoute>): Promise<Server[]> {
  const provider = makeProvider(keys)
  const login = loginRoute(provider, report)
  const rest = provider.callback()
  const host = `localhost:${keys.port}`
  const server = (): Server =>
    createServer((request, response) => {
      // A page of another host name that resolves to us (DNS rebinding) gets nothing.
      if (request.headers.host !== host) {
        response.writeHead(421, pageHeaders).end(errorPage('Another host', `This is ${issuerUrl(keys.port)}.`))
        return
      }
      if (isBuild(request, response)) return
      if (!request.url?.startsWith('/login/')) {
        void rest(request, response)
        return
      }
      login(request, response).catch((error: unknown) => {
        console.error(error)
        if (!response.headersSent) response.writeHead(500, pageHeaders)
        response.end(errorPage('The issuer failed', 'The reason is in its log.'))
      })
    })
  const first = server()
  await listen(first, keys.port, '127.0.0.1')
  const second = server()
  const both = await listen(second, keys.port, '::1').then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') return false
      throw error
    },
  )
  return both ? [first, second] : [first]
}

const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })

const report = (line: LoginLine): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

main(process.argv[2], process.argv[3]).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
  // A listener that did start must not keep the program alive.
  process.exit()
})
