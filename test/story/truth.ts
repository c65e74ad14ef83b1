import { createHash, X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { type Folders, places } from '../../src/core/machine/folders.ts'
import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import { tools } from '../integration/harness/session.ts'

// What the programs and files themselves say, read without our own code: the window is held against it.

/** The digest of a manifest, computed from the bytes that the registry serves under a tag. */
export async function servedDigest(repository: string, tag: string): Promise<string> {
  const answer = await manifest(repository, tag)
  return `sha256:${createHash('sha256')
    .update(Buffer.from(await answer.arrayBuffer()))
    .digest('hex')}`
}

/** How many signatures the registry has for a digest: referrers by the tag that cosign writes. */
export const isSigned = async (repository: string, digest: string): Promise<boolean> =>
  (await manifest(repository, digest.replace(':', '-'))).status === 200

function manifest(repository: string, reference: string): Promise<Response> {
  const [, host, path] = /^([^/]+)\/(.+)$/.exec(repository) ?? []
  const accept = ['docker.distribution.manifest.v2', 'oci.image.manifest.v1', 'oci.image.index.v1']
  return fetch(`http://${host}/v2/${path}/manifests/${reference}`, {
    headers: { accept: accept.map((type) => `application/vnd.${type}+json`).join(', ') },
  })
}

/** The folder of the newest run of a scenario. */
export function runFolder(where: Folders, scenario: ScenarioId): string {
  const { runs } = places(where)
  const [newest] = readdirSync(runs)
    .filter((name) => name.includes(`-${scenario}-`))
    .sort()
    .toReversed()
  if (newest === undefined) throw new Error(`There is no run of ${scenario}.`)
  return join(runs, newest)
}

/** What stands in the bundle that cosign wrote. */
export function bundleFacts(folder: string) {
  const bundle = JSON.parse(readFileSync(join(folder, 'bundle.sigstore.json'), 'utf8'))
  const der = Buffer.from(bundle.verificationMaterial.certificate.rawBytes, 'base64')
  const certificate = new X509Certificate(der)
  const [entry] = bundle.verificationMaterial.tlogEntries
  const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString('utf8'))
  return {
    subject: `sha256:${statement.subject[0].digest.sha256}`,
    signer: certificate.subjectAltName?.replace('email:', ''),
    serial: certificate.serialNumber.toLowerCase(),
    fingerprint: createHash('sha256').update(der).digest('hex'),
    rootHash: Buffer.from(entry.inclusionProof.rootHash, 'base64').toString('hex'),
    treeSize: Number(entry.inclusionProof.treeSize),
    logIndex: Number(entry.logIndex ?? 0),
  }
}

/** `cosign verify` as anybody runs it by hand: exit code 0 when this signer signed this image. */
export async function cosignVerify(where: Folders, image: string, signer: string, issuer: string): Promise<number> {
  const trustedRoot = fileBelow(places(where).sandbox, 'trusted_root.json')
  const { exitCode } = await execa(
    tools().cosign,
    [
      'verify',
      `--trusted-root=${trustedRoot}`,
      `--certificate-identity=${signer}`,
      `--certificate-oidc-issuer=${issuer}`,
      image,
    ],
    { env: { HOME: places(where).cosignHome }, reject: false, timeout: 60_000 },
  )
  return exitCode ?? -1
}

/** The SPIRE server's own word on its entries. */
export async function spireEntries(where: Folders): Promise<string> {
  const socketPath = fileBelow(where.runtime, 'api.sock', 'server')
  const { stdout } = await execa(tools()['spire-server'], ['entry', 'show', '-socketPath', socketPath])
  return stdout
}

/** The first file of a name below a folder, where its own folder ends in `parent`. Throws when there is none. */
export function fileBelow(folder: string, name: string, parent = ''): string {
  const found = readdirSync(folder, { withFileTypes: true, recursive: true }).find(
    (entry) => entry.name === name && entry.parentPath.endsWith(parent),
  )
  if (found === undefined) throw new Error(`There is no ${name} below ${folder}.`)
  return join(found.parentPath, found.name)
}
