/** How a person logs in at the OIDC provider. */
export interface LoginOptions {
  /** The id by which the provider knows this client. */
  readonly clientId: string
  /** What proves that it is this client; most providers want none of a program on a person's machine. */
  readonly clientSecret?: string | undefined
  /** Where the provider sends the browser back, `http://localhost:PORT/…`; without it cosign takes any free port. */
  readonly redirectUrl?: string | undefined
  /** `device`: a code is entered in a browser on another machine. */
  readonly flow: 'browser' | 'device'
  /** Which of its identity providers a login page that is Dex offers (`connector_id`); without it the person chooses. */
  readonly connector?: string | undefined
}

/** The login of the public Sigstore's clients, and of the sandbox. */
export const usualLogin: LoginOptions = { clientId: 'sigstore', flow: 'browser' }

/** cosign's flags for it. The secret is in a file, never in an argument. */
export const loginFlags = (login: LoginOptions, secretFile: string | undefined): readonly string[] => [
  // Without a terminal cosign would choose the device flow.
  `--fulcio-auth-flow=${login.flow === 'device' ? 'device' : 'normal'}`,
  // A SPIRE agent on this machine is such a provider, and would be used first.
  '--oidc-disable-ambient-providers',
  `--oidc-client-id=${login.clientId}`,
  ...(secretFile === undefined ? [] : [`--oidc-client-secret-file=${secretFile}`]),
  ...(login.redirectUrl === undefined ? [] : [`--oidc-redirect-url=${login.redirectUrl}`]),
]

/** cosign's login address, with the identity provider that was chosen: cosign itself has no flag for it. */
export function withConnector(url: string, connector: string | undefined): string {
  if (connector === undefined) return url
  const chosen = new URL(url)
  chosen.searchParams.set('connector_id', connector)
  return chosen.href
}

/** A code that a person enters in a browser elsewhere. */
export interface DeviceCode {
  readonly code: string
  readonly address: string
}

/** What cosign prints for the device flow (sigstore, pkg/oauthflow/device.go); undefined for any other line. */
export function deviceCodeIn(line: string): DeviceCode | undefined {
  const [, code, address] =
    /^Enter the verification code (\S{1,100}) in your browser at: (\S{1,2000})$/.exec(line) ?? []
  if (code === undefined || address === undefined || !/^https?:\/\//.test(address) || !URL.canParse(address))
    return undefined
  return { code, address: new URL(address).href }
}
