import { type ServiceKind, type StepId, steps } from './steps.ts'

/** Every program that a session keeps running. */
const sessionServices = {
  dockerd: 'engine',
  containerd: 'engine',
  'ct-log': 'sigstore',
  rekor: 'sigstore',
  'timestamp-authority': 'sigstore',
  issuer: 'sigstore',
  'second-issuer': 'sigstore',
  fulcio: 'sigstore',
  registry: 'registry',
  'spire-server': 'spire-server',
  'spire-agent': 'spire-agent',
  'attestor-plugin': 'spire-agent',
} as const satisfies Readonly<Record<string, ServiceKind>>

/** The session step that starts each kind. */
const startingSteps: Readonly<Record<ServiceKind, StepId>> = {
  engine: 'preflight',
  sigstore: 'sandbox',
  registry: 'sandbox',
  'spire-server': 'spire-server',
  'spire-agent': 'spire-agent',
}

export type SessionServiceId = keyof typeof sessionServices

const byName: Readonly<Record<string, ServiceKind>> = sessionServices

/** The step that starts a service, also by the name of its log; undefined when it is not one of ours. */
export function startedBy(service: string): StepId | undefined {
  const kind = byName[service]
  return kind && startingSteps[kind]
}

/** Whether any of these steps needs the service. One that the table does not know is needed by all. */
export function isNeeded(service: string, ids: readonly StepId[]): boolean {
  const kind = byName[service]
  return ids.some((id) => kind === undefined || steps[id].uses.includes(kind))
}
