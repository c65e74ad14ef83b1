import { type Digest, digestHex, digestOf } from '../../../src/core/domain/oci/digest.ts'
import { acceptManifests } from '../../../src/core/registry/registry-schema.ts'

export const ociIndex = 'application/vnd.oci.image.index.v1+json'
export const ociManifest = 'application/vnd.oci.image.manifest.v1+json'
const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** What the tests read in a manifest or a configuration. */
interface ImageJson {
  readonly config: { readonly digest: string }
  readonly architecture: string
}

/** Writes to a repository of a plain registry, as anyone who may push could; or to any, with the given access. */
export class RegistryWrites {
  readonly #base: string
  readonly #fetch: typeof fetch

  constructor(registry: string, path = 'demo/hello', reach: typeof fetch = fetch) {
    this.#base = `${registry.includes('://') ? '' : 'http://'}${registry}/v2/${path}`
    this.#fetch = reach
  }

  /** A manifest or index under a tag or its digest; returns the registry's digest of it. */
  async manifest(reference: string, type: string, body: unknown): Promise<Digest> {
    const text = JSON.stringify(body)
    const response = await this.#fetch(`${this.#base}/manifests/${reference}`, {
      method: 'PUT',
      headers: { 'content-type': type },
      body: text,
    })
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`)
    return digestOf(Buffer.from(text))
  }

  async blob(bytes: string): Promise<Digest> {
    const digest = digestOf(Buffer.from(bytes))
    const start = await this.#fetch(`${this.#base}/blobs/uploads/`, { method: 'POST' })
    const place = new URL(start.headers.get('location') ?? '', this.#base)
    place.searchParams.set('digest', digest)
    const headers = { 'content-type': 'application/octet-stream' }
    const done = await this.#fetch(place, { method: 'PUT', headers, body: bytes })
    if (done.status !== 201) throw new Error(`${done.status} ${await done.text()}`)
    return digest
  }

  /** An existing manifest or blob, with its media type and its size in bytes. */
  async read(what: string): Promise<{ readonly type: string; readonly size: number; readonly body: ImageJson }> {
    const response = await this.#fetch(`${this.#base}/${what}`, { headers: { accept: acceptManifests } })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`${response.status} ${text}`)
    const type = response.headers.get('content-type') ?? ''
    return { type, size: Buffer.byteLength(text), body: JSON.parse(text) }
  }

  /** The list under the fallback tag of a digest. */
  async referrers(subject: Digest): Promise<{ manifests: unknown[] }> {
    const tag = `sha256-${digestHex(subject)}`
    const response = await this.#fetch(`${this.#base}/manifests/${tag}`, { headers: { accept: ociIndex } })
    if (response.status === 404) return { manifests: [] }
    return (await response.json()) as { manifests: unknown[] }
  }

  /** Replaces the list under the fallback tag of a digest by these manifests. */
  async list(subject: Digest, manifests: readonly unknown[]): Promise<void> {
    await this.manifest(`sha256-${digestHex(subject)}`, ociIndex, { schemaVersion: 2, mediaType: ociIndex, manifests })
  }

  /** Makes these bundles the only referrers of a digest, in the way of cosign. */
  async attach(subject: Digest, bundles: readonly string[]): Promise<void> {
    const config = await this.blob('{}')
    const manifests: unknown[] = []
    for (const json of bundles) {
      const layer = { mediaType: bundleType, digest: await this.blob(json), size: Buffer.byteLength(json) }
      const manifest = {
        schemaVersion: 2,
        mediaType: ociManifest,
        artifactType: bundleType,
        config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: config, size: 2 },
        layers: [layer],
        subject: { mediaType: ociManifest, digest: subject, size: 1 },
      }
      const text = JSON.stringify(manifest)
      const digest = await this.manifest(digestOf(Buffer.from(text)), ociManifest, manifest)
      manifests.push({ mediaType: ociManifest, digest, size: Buffer.byteLength(text) })
    }
    await this.list(subject, manifests)
  }
}
