import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { RegistryAccess } from '../../../src/core/registry/login/registry-access.ts'
import { get } from '../../../src/core/registry/registry-http.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** The Authorization header of `name:password`. */
export const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

/** What is read at the registry. */
export const path = '/v2/demo/hello/manifests/x'

/** An answer that asks for this login with this challenge. */
export const asksFor =
  (wanted: string, challenge: string): Answer =>
  (request, response) =>
    request.headers.authorization === wanted
      ? response.writeHead(200).end('content')
      : response.writeHead(401, { 'www-authenticate': challenge }).end()

/** A registry that asks for a login, and a folder with a Docker configuration and its helpers. */
export class LoginStage {
  readonly folder = mkdtempSync(join(tmpdir(), 'credentials-'))
  seen: { url: string; authorization: string | undefined; body: string }[] = []
  answer: Answer = (_, response) => response.writeHead(500).end()
  host = ''
  readonly #server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      this.seen.push({ url: request.url ?? '', authorization: request.headers.authorization, body })
      this.answer(request, response)
    })
  })

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
  }

  async stop(): Promise<void> {
    vi.unstubAllEnvs()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    rmSync(this.folder, { recursive: true })
  }

  /** Reads the registry with a Docker configuration or without: its status, or its error. */
  async read(config?: object, access = this.access(config), signal?: AbortSignal): Promise<number | string> {
    const registry = { host: this.host, plainHttp: true, access }
    const result = await get({ registry, path, maxBytes: 1_000, ...(signal && { signal }) })
    if (result.ok) return result.value.status
    return `${result.error.code} ${result.error.found} ${JSON.stringify(result.error)}`
  }

  access(config?: object): RegistryAccess {
    const file = join(this.folder, 'config.json')
    if (config !== undefined) writeFileSync(file, JSON.stringify(config))
    return new RegistryAccess(this.host, config === undefined ? undefined : file)
  }

  /** The login of a Docker configuration. */
  login(name = 'me', password = 'se:cret'): object {
    return { auths: { [this.host]: { username: name, password } } }
  }

  helper(name: string, body: string): void {
    writeFileSync(join(this.folder, `docker-credential-${name}`), `#!/bin/sh\n${body}\n`)
    chmodSync(join(this.folder, `docker-credential-${name}`), 0o755)
    if (process.env['PATH']?.startsWith(`${this.folder}:`) !== true) {
      vi.stubEnv('PATH', `${this.folder}:${process.env['PATH']}`)
    }
  }
}
