import { createHash } from 'node:crypto'
import { personas } from '../personas.ts'

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 34rem; margin: 3rem auto; padding: 0 1.5rem }
h1 { font-size: 1.5rem; line-height: 1.25 }
form { display: grid; gap: .75rem; margin: 1.5rem 0 }
button { font: inherit; text-align: start; padding: .75rem 1rem; border: 1px solid; border-radius: .5rem; background: transparent; color: inherit; cursor: pointer }
button:hover { text-decoration: underline }
button:focus-visible { outline: 3px solid; outline-offset: 3px }
button span { display: block; opacity: .8; font-size: .9rem }
button.deny { border-style: dashed; text-align: center }
code { overflow-wrap: anywhere }
`

/** Headers of every page: no script at all, our one style sheet, forms to us and, by redirect, to cosign's callback. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    // Browsers apply form-action to the redirect after the form, too.
    "form-action 'self' http://localhost:*",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // Not no-referrer: the browser would send "Origin: null" with the form.
  'referrer-policy': 'same-origin',
}

/** The login page: one button per persona, and one to deny. */
export function loginPage(issuer: string, uid: string): string {
  const buttons = personas.map(
    ({ email, role }) =>
      `<button type="submit" name="persona" value="${escape(email)}"><strong>${escape(email)}</strong><span>${escape(role)}</span></button>`,
  )
  return page(
    'Who signs?',
    `<p><strong>cosign</strong> asks <code>${escape(issuer)}</code> who you are. Fulcio will write the answer into a
certificate, and the log will show it to everyone.</p>
<p>This issuer belongs to the sandbox on this machine. It has no passwords.</p>
<form method="post" action="/login/${encodeURIComponent(uid)}">
${buttons.join('\n')}
<button type="submit" name="decision" value="deny" class="deny">Deny the login</button>
</form>`,
  )
}

/** Says what went wrong. */
export const errorPage = (title: string, text: string): string => page(title, `<p>${escape(text)}</p>`)

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title>
<style>${style}</style></head>
<body><main><h1>${escape(title)}</h1>
${body}
</main></body>
</html>
`

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
