import { type PersonId, personaEmail, personIds } from '../workflow/scenarios.ts'

/** A person who can log in at the sandbox's issuer. There are no passwords. */
export interface Persona {
  readonly id: PersonId
  readonly email: string
  readonly role: string
}

const roles: Readonly<Record<PersonId, string>> = {
  engineer: 'builds and signs demo/hello',
  intern: 'may log in, but is not expected to sign',
  outsider: 'belongs to another team',
}

/** The people of the sandbox, in the order of the login page. */
export const personas: readonly Persona[] = personIds.map((id) => ({ id, email: personaEmail(id), role: roles[id] }))

/** The persona of an id or e-mail address. */
export const findPersona = (name: string): Persona | undefined =>
  personas.find(({ id, email }) => id === name || email === name)
