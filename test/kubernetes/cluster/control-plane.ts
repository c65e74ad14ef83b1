import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../src/core/machine/ports.ts'
import type { Service, ServiceSpec } from '../../../src/core/process/services/service.ts'
import { KubeApi } from './api.ts'
import { type ClientName, tokenFile } from './configuration.ts'

/** Starts a service of the cluster; throws when it does not become ready. */
export type Start = (service: Omit<ServiceSpec, 'logFile' | 'pidFolder' | 'readyTimeoutMs'>) => Promise<Service>

/** How the API server is reached. */
export interface ApiServer {
  readonly url: string
  /** The certificate that it has issued itself. */
  readonly caFile: string
  /** Signs the tokens of service accounts. */
  readonly keyFile: string
  readonly tokens: Readonly<Record<ClientName, string>>
}

const controllers = [
  'daemonset-controller',
  'serviceaccount-controller',
  'namespace-controller',
  'root-ca-certificate-publisher-controller',
  'garbage-collector-controller',
]

/** Starts etcd; returns its address. */
export async function startEtcd(program: string, data: string, start: Start): Promise<string> {
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`]
  await start({
    id: 'etcd',
    program,
    args: [
      `--data-dir=${data}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      // What a power failure would lose is of no use.
      '--unsafe-no-fsync',
    ],
    probe: async (signal) => (await fetch(`${client}/health`, { signal })).ok,
  })
  return client
}

/** The API server, with a certificate that it issues itself and tokens for its clients. */
export async function startApiServer(
  program: string,
  { etcd, certs }: { readonly etcd: string; readonly certs: string },
  start: Start,
): Promise<ApiServer> {
  const keyFile = join(certs, 'service-accounts.key')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 })
  const token = (): string => randomBytes(16).toString('hex')
  const tokens: Record<ClientName, string> = { admin: token(), controllers: token(), kubelet: token() }
  const tokensFile = join(certs, 'tokens.csv')
  writeFileSync(tokensFile, tokenFile(tokens), { mode: 0o600 })
  const port = await freePort()
  const url = `https://127.0.0.1:${port}`
  const caFile = join(certs, 'apiserver.crt')
  await start({
    id: 'kube-apiserver',
    program,
    args: [
      `--etcd-servers=${etcd}`,
      `--cert-dir=${certs}`,
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--token-auth-file=${tokensFile}`,
      '--authorization-mode=Node,RBAC',
      `--service-account-key-file=${keyFile}`,
      `--service-account-signing-key-file=${keyFile}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--allow-privileged=true',
      '--endpoint-reconciler-type=none',
    ],
    probe: async () => {
      const probe = new KubeApi(url, tokens.admin, caFile)
      try {
        return (await probe.get<string>('/readyz')) === 'ok'
      } finally {
        await probe.close()
      }
    },
  })
  return { url, caFile, keyFile, tokens }
}

/** Starts the controllers. Ready when the namespace `default` has what a pod needs. */
export async function startControllers(
  program: string,
  { api, server, config }: { readonly api: KubeApi; readonly server: ApiServer; readonly config: string },
  start: Start,
): Promise<void> {
  await start({
    id: 'kube-controller-manager',
    program,
    args: [
      `--kubeconfig=${config}`,
      `--controllers=${controllers.join(',')}`,
      '--leader-elect=false',
      '--use-service-account-credentials=false',
      `--root-ca-file=${server.caFile}`,
      `--service-account-private-key-file=${server.keyFile}`,
      '--secure-port=0',
    ],
    probe: () =>
      api.get('/api/v1/namespaces/default/serviceaccounts/default').then(
        () => true,
        (error: unknown) => String(error),
      ),
  })
}
