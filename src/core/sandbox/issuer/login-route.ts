import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import { findPersona } from '../personas.ts'
import type { LoginLine } from './login-line.ts'
import { errorPage, loginPage, pageHeaders } from './pages.ts'
import { scope } from './provider.ts'

const maxBody = 4096

/** Handles `/login/<uid>`: GET shows who can log in, POST takes the answer and sends the browser back to cosign. */
export function loginRoute(provider: Provider, report: (line: LoginLine) => void) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const interaction = await provider.interactionDetails(request, response).catch(() => undefined)
    const uid = /^\/login\/([A-Za-z0-9_-]{1,64})$/.exec(request.url ?? '')?.[1]
    if (interaction === undefined || interaction.uid !== uid) {
      return send(response, 400, 'There is no such login', 'It ended, or it began in another browser. Sign again.')
    }
    const challenge = interaction.params['code_challenge']
    const login = typeof challenge === 'string' ? challenge : ''
    const line = { type: 'login', issuer: provider.issuer, login } as const
    if (request.method === 'GET') {
      report({ ...line, state: 'waiting', persona: null })
      response.writeHead(200, pageHeaders).end(loginPage(provider.issuer, uid))
      return
    }
    if (request.method !== 'POST') return send(response, 405, 'Not this way', 'Use the buttons of the login page.')
    if (request.headers.origin !== provider.issuer) {
      return send(response, 403, 'Not from here', 'The answer did not come from the login page.')
    }
    const answer = new URLSearchParams(await readBody(request))
    if (answer.get('decision') === 'deny') {
      report({ ...line, state: 'denied', persona: null })
      const result = { error: 'access_denied', error_description: 'the login was denied' }
      return provider.interactionFinished(request, response, result)
    }
    const persona = findPersona(answer.get('persona') ?? '')
    if (persona === undefined)
      return send(response, 400, 'No person of that name', 'Choose one of the people of the sandbox.')
    const grant = new provider.Grant({ accountId: persona.email, clientId: 'sigstore' })
    grant.addOIDCScope(scope)
    const grantId = await grant.save()
    report({ ...line, state: 'granted', persona: persona.email })
    // Both prompts at once: a native client always gets a consent prompt after the login, too.
    const result = { login: { accountId: persona.email, remember: false }, consent: { grantId } }
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  }
}

function send(response: ServerResponse, status: number, title: string, text: string): void {
  response.writeHead(status, pageHeaders).end(errorPage(title, text))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxBody) return ''
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}
