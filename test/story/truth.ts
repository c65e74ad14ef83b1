import { createHash, X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { execa } from 'execa'
import { expect } from 'playwright/test'
import { extract } from 'tar-stream'
import { type Folders, places } from '../../src/core/machine/folders.ts'
import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import { tools } from '../integration/harness/session.ts'

// What the programs and files themselves say, read without our own code: the window is compared with it.

/** The digest of a manifest, computed from the bytes that the registry serves under a tag. */
export async function servedDigest(repository: string, tag: string): Promise<string> {
  return sha256(Buffer.from(await (await manifest(repository, tag)).arrayBuffer()))
}

/** How many signatures the registry has for a digest: referrers by the tag that cosign writes. */
export const isSigned = async (repository: string, digest: string): Promise<boolean> =>
  (await manifest(repository, digest.replace(':', '-'))).status === 200

/** The image id behind a tag, as the registry's manifest names it. */
export const servedImageId = async (repository: string, tag: string): Promise<string> =>
  (await readManifest(repository, tag)).config.digest

/** Which images the signatures beside a digest cover, read out of the bundles that the registry serves. */
export async function signedBeside(repository: string, digest: string): Promise<readonly string[]> {
  const list = await readManifest(repository, digest.replace(':', '-'))
  const about: string[] = []
  for (const { digest: referrer } of list.manifests) {
    const { layers, subject } = await readManifest(repository, referrer)
    expect(subject?.digest).toBe(digest)
    const bundle = JSON.parse((await blob(repository, layers[0]?.digest ?? '')).toString('utf8'))
    const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString('utf8'))
    about.push(`sha256:${statement.subject[0].digest.sha256}`)
  }
  return about
}

/** SHA-256 of a file of an image, out of the layers that the registry serves. */
export async function servedFile(repository: string, digest: string, path: string): Promise<string> {
  const { layers } = await readManifest(repository, digest)
  for (const layer of layers) {
    const tar = Readable.from(gunzipSync(await blob(repository, layer.digest))).pipe(extract())
    for await (const entry of tar) {
      if (`/${entry.header.name}` === path) return sha256(await buffer(entry))
      entry.resume()
    }
  }
  throw new Error(`The image has no ${path}.`)
}

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** SHA-256 of a file of this machine. */
export const fileDigest = (file: string): string => sha256(readFileSync(file))

const accept = ['docker.distribution.manifest.v2', 'oci.image.manifest.v1', 'oci.image.index.v1']

const manifest = (repository: string, reference: string): Promise<Response> =>
  from(repository, `manifests/${reference}`, accept.map((type) => `application/vnd.${type}+json`).join(', '))

interface ManifestJson {
  readonly config: { readonly digest: string }
  readonly layers: readonly { readonly digest: string }[]
  readonly subject?: { readonly digest: string }
  /** Of an index. */
  readonly manifests: readonly { readonly digest: string }[]
}

const readManifest = async (repository: string, reference: string): Promise<ManifestJson> =>
  JSON.parse(await (await manifest(repository, reference)).text())

async function blob(repository: string, digest: string): Promise<Buffer> {
  const bytes = Buffer.from(await (await from(repository, `blobs/${digest}`, '*/*')).arrayBuffer())
  expect(sha256(bytes)).toBe(digest)
  return bytes
}

function from(repository: string, what: string, accepts: string): Promise<Response> {
  const [, host, path] = /^([^/]+)\/(.+)$/.exec(repository) ?? []
  return fetch(`http://${host}/v2/${path}/${what}`, { headers: { accept: accepts } })
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

/** The contents of the bundle that cosign wrote. */
export function bundleFacts(folder: string) {
  const bundle = JSON.parse(readFileSync(join(folder, 'bundle.sigstore.json'), 'utf8'))
  const der = Buffer.from(bundle.verificationMaterial.certificate.rawBytes, 'base64')
  const certificate = new X509Certificate(der)
  const [entry] = bundle.verificationMaterial.tlogEntries
  const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString('utf8'))
  return {
    subject: `sha256:${statement.subject[0].digest.sha256}`,
    signer: certificate.subjectAltName?.replace('email:', ''),
    /** Anything in it that could be an issuer: the extension's bytes are the address itself. */
    addresses: der.toString('latin1').match(/http:\/\/localhost:\d{5}/g) ?? [],
    serial: certificate.serialNumber.toLowerCase(),
    fingerprint: createHash('sha256').update(der).digest('hex'),
    rootHash: Buffer.from(entry.inclusionProof.rootHash, 'base64').toString('hex'),
    treeSize: Number(entry.inclusionProof.treeSize),
    logIndex: Number(entry.logIndex ?? 0),
  }
}

/** `cosign verify` on the command line: exit code 0 when this signer signed this image. */
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

/** The SPIRE server's own list of its entries. */
export async function spireEntries(where: Folders): Promise<string> {
  const socketPath = fileBelow(where.runtime, 'api.sock', 'server')
  const { stdout } = await execa(tools()['spire-server'], ['entry', 'show', '-socketPath', socketPath])
  return stdout
}

/** The first file of a name below a folder, whose own folder ends in `parent`. Throws when there is none. */
export function fileBelow(folder: string, name: string, parent = ''): string {
  const found = readdirSync(folder, { withFileTypes: true, recursive: true }).find(
    (entry) => entry.name === name && entry.parentPath.endsWith(parent),
  )
  if (found === undefined) throw new Error(`There is no ${name} below ${folder}.`)
  return join(found.parentPath, found.name)
}
