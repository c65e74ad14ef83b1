import type { ReactNode } from 'react'
import { Choice, Field } from '../kit/controls/field.tsx'
import { type Draft, type FieldId, isAsked, type Problems } from './form-fields.ts'
import './profile-form.css'

interface ProfileFormProps {
  readonly name: string
  /** An existing profile keeps its name. */
  readonly keepsName: boolean
  readonly nameProblem: string | undefined
  readonly draft: Draft
  readonly problems: Problems['at']
  readonly onName: (name: string) => void
  readonly onDraft: (draft: Draft) => void
}

/** Labels and hints of each value. */
const words: Readonly<Partial<Record<FieldId, readonly [label: string, hint?: string]>>> = {
  title: ['Title', 'As this window names it.'],
  fulcio: ['Fulcio', 'The certificate authority: https://…'],
  rekor: ['Rekor', 'The transparency log: https://…'],
  timestampAuthority: [
    'Timestamp authority',
    'With its path, such as …/api/v1/timestamp. A Rekor of version 2 needs one.',
  ],
  signingConfig: ['File of the signing config', 'Its whole path: /…/signing_config.json. cosign gets it as it is.'],
  rootFile: ['File of the trusted root', 'Its whole path: /…/trusted_root.json'],
  tufMirror: ['Its repository', 'A TUF mirror: https://…'],
  tufRoot: ['Root metadata', 'A file that trust begins with: /…/root.json. Empty: that of the public Sigstore.'],
  issuer: ['Login', 'The OpenID Connect issuer that people log in at, exactly as its tokens have it.'],
  signerIssuer: ['Issuer of the signer', 'The issuer in the certificate; behind a broker another than the login.'],
  subject: [
    'Who is expected to sign',
    'As the certificate will name them. ${NAME} asks for a value when the profile is chosen.',
  ],
  host: ['Host', 'host[:port], as image references begin.'],
  repository: [
    'Repository',
    'Below the host, such as team/hello. ${NAME} asks for a value when the profile is chosen.',
  ],
  caFile: ['CA file', 'A PEM file, for a certificate that no well-known CA issued.'],
  servicesCaFile: [
    'CA file of the services',
    'A PEM file, if neither a well-known CA nor one of this machine issued their certificates.',
  ],
  clientId: ['Client id', 'The id by which the login knows this program. Empty: sigstore.'],
  secretVariable: [
    'Variable of the client secret',
    'The name of the environment variable that holds it. The secret itself stands nowhere.',
  ],
  secretFile: ['File of the client secret', 'Instead of a variable: a file that only you can read.'],
  redirectUrl: ['Redirect URL', 'If the login knows a fixed one: http://localhost:PORT/PATH'],
  connector: ['Identity provider of the login page', 'For Dex: a connector; signer.issuer is that of the signer.'],
  dockerConfig: ['That file', 'Its whole path: /…/config.json'],
  agentSocket: ['Socket of the agent', 'Its Workload API: /…/api.sock'],
  decisions: ['Records of its attestor', 'The folder that its configuration names as “records”.'],
  server: ['SPIRE server', 'host:port'],
  joinToken: [
    'Variable of the join token',
    'The name of the environment variable that holds it when this program starts. The token itself stands nowhere.',
  ],
  trustDomain: ['Trust domain', 'Such as acme.example'],
  trustBundle: ['Trust bundle', 'Its authorities, a PEM file: /…/bundle.pem'],
  parentId: ['Name of the node', 'The parent of entries: spiffe://…'],
}

interface Choosing {
  readonly label: string
  readonly choices: readonly (readonly [value: string, label: string])[]
  readonly hint?: string
}

/** Choices instead of text. */
const choosing: Readonly<Partial<Record<FieldId, Choosing>>> = {
  public: {
    label: 'Can everyone read what is signed?',
    choices: [
      ['no', 'No'],
      ['yes', 'Yes, for ever'],
    ],
    hint: 'With yes you are asked before anything leaves this machine, and every screen says PUBLIC.',
  },
  where: {
    label: 'Where its services are',
    choices: [
      ['named', 'Named here'],
      ['config', 'In a signing config'],
    ],
  },
  rekorVersion: {
    label: 'Version of Rekor',
    choices: [
      ['1', '1'],
      ['2', '2'],
    ],
  },
  root: {
    label: 'Trusted root: what to trust',
    choices: [
      ['file', 'A file'],
      ['tuf', 'Fetched by TUF'],
    ],
  },
  credentials: {
    label: 'Credentials',
    choices: [
      ['none', 'None'],
      ['docker', 'Those of docker login'],
      ['file', 'Another config.json'],
    ],
    hint: 'No password is typed here. Run docker login in a terminal; Docker keeps it, and this program asks Docker.',
  },
  loginFlow: {
    label: 'How people log in',
    choices: [
      ['browser', 'In a browser on this machine'],
      ['device', 'With a code, in a browser elsewhere'],
    ],
  },
  plainHttp: {
    label: 'How it is spoken to',
    choices: [
      ['no', 'https'],
      ['yes', 'Plain http'],
    ],
  },
  spire: {
    label: 'Whose',
    choices: [
      ['ours', 'Ours, started for the story'],
      ['server', 'A server that is already running'],
      ['agent', 'An agent that is already running'],
    ],
  },
}

const groups: readonly (readonly [title: string, fields: readonly FieldId[]])[] = [
  ['What it is', ['title', 'public']],
  [
    'Sigstore',
    [
      'where',
      'signingConfig',
      'fulcio',
      'rekor',
      'rekorVersion',
      'timestampAuthority',
      'root',
      'rootFile',
      'tufMirror',
      'tufRoot',
      'servicesCaFile',
    ],
  ],
  [
    'People',
    [
      'issuer',
      'signerIssuer',
      'subject',
      'loginFlow',
      'clientId',
      'secretVariable',
      'secretFile',
      'redirectUrl',
      'connector',
    ],
  ],
  ['Registry', ['host', 'repository', 'credentials', 'dockerConfig', 'plainHttp', 'caFile']],
  ['SPIRE', ['spire', 'agentSocket', 'decisions', 'server', 'joinToken', 'trustDomain', 'trustBundle', 'parentId']],
]

/** The values of a user's own profile. There is no field for a password: a profile names where credentials are. */
export function ProfileForm(props: ProfileFormProps) {
  const { name, keepsName, nameProblem, draft, problems, onName, onDraft } = props
  return (
    <form className="profile-form" onSubmit={(event) => event.preventDefault()}>
      {groups.map(([title, fields]) => (
        <Group key={title} title={title}>
          {fields
            .filter((id) => isAsked(draft, id))
            .flatMap((id) => [
              <ProfileField
                key={id}
                id={id}
                value={draft[id]}
                problem={problems[id]}
                onChange={(value) => onDraft({ ...draft, [id]: value })}
              />,
              id === 'title' ? (
                <Field
                  key="name"
                  label="Name"
                  hint={
                    keepsName
                      ? 'The name of its file stays.'
                      : 'The name of its file: small letters, digits and hyphens.'
                  }
                  value={name}
                  onChange={onName}
                  problem={nameProblem}
                  mono
                  readOnly={keepsName}
                />
              ) : null,
            ])}
        </Group>
      ))}
    </form>
  )
}

interface ProfileFieldProps {
  readonly id: FieldId
  readonly value: string
  readonly problem: string | undefined
  readonly onChange: (value: string) => void
}

function ProfileField({ id, value, problem, onChange }: ProfileFieldProps) {
  const chosen = choosing[id]
  if (chosen !== undefined)
    return (
      <Choice
        {...chosen}
        value={value}
        choices={chosen.choices.map(([each, label]) => ({ value: each, label }))}
        onChange={onChange}
        problem={problem}
      />
    )
  const [label = id, hint] = words[id] ?? []
  return <Field label={label} hint={hint} value={value} onChange={onChange} problem={problem} mono={id !== 'title'} />
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="profile-group" aria-label={title}>
      <h2>{title}</h2>
      <div className="profile-fields">{children}</div>
    </section>
  )
}
