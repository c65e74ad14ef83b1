import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loginAs } from '../../src/core/sandbox/login-client.ts'
import type { PersonaId } from '../../src/core/workflow/scenarios.ts'

/** A person with a browser of their own, who logs in wherever a program sends them. */
export interface Person {
  /** The first folder of PATH: it contains the person's `xdg-open`. */
  readonly path: string
  /** The account that they use from now on; null closes the page without an answer. */
  is: PersonaId | null
  /** The addresses that they were sent to. */
  readonly sentTo: string[]
  readonly leave: () => Promise<void>
}

/** Creates such a person. `issuer` is where they have an account. */
export async function personAtBrowser(issuer: string): Promise<Person> {
  const folder = await mkdtemp(join(tmpdir(), 'person-'))
  const sentTo: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost').searchParams.get('url') ?? ''
    sentTo.push(url)
    response.end()
    if (person.is !== null) void loginAs({ url, issuer, persona: person.is, decision: 'allow' })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const opener = join(folder, 'xdg-open')
  const ask = `http://127.0.0.1:${address.port}/?url=`
  await writeFile(
    opener,
    `#!${process.execPath}\nfetch(${JSON.stringify(ask)} + encodeURIComponent(process.argv[2]))\n`,
  )
  await chmod(opener, 0o755)
  const person: Person = {
    path: folder,
    is: 'engineer',
    sentTo,
    leave: async () => {
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return person
}
