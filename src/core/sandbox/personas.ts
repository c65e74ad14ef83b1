/** The people of the sandbox: who can log in at its issuer. There are no passwords. */
export const personas = [
  { id: 'engineer', email: 'engineer@sandbox.example', role: 'builds and signs demo/hello' },
  { id: 'intern', email: 'intern@sandbox.example', role: 'may log in, but is not expected to sign' },
  { id: 'outsider', email: 'outsider@sandbox.example', role: 'belongs to another team' },
] as const

export type Persona = (typeof personas)[number]

/** The persona of an id or e-mail address. */
export const findPersona = (name: string): Persona | undefined =>
  personas.find(({ id, email }) => id === name || email === name)
