import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Digest, digestHex, digestOf } from '../../../src/core/domain/oci/digest.ts'

type Answer = Buffer | ((request: IncomingMessage, response: ServerResponse) => void)

const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** A registry on loopback that holds what it is given, and responds differently if a test says so. */
export class FakeRegistry {
  readonly #answers = new Map<string, Answer>()
  #put: ((path: string, request: IncomingMessage, response: ServerResponse) => void) | undefined
  readonly requests: string[] = []
  /** `name:password` of the user who may read; everyone may when it is not set. */
  login: string | undefined
  readonly #server = createServer((request, response) => {
    const path = request.url ?? ''
    this.requests.push(path)
    const said = Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString()
    if (this.login !== undefined && said !== this.login) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      return
    }
    if (request.method === 'PUT' && this.#put !== undefined) {
      this.#put(path, request, response)
      return
    }
    const answer = this.#answers.get(path) ?? this.#answers.get(path.split('?')[0] ?? '')
    if (answer === undefined) response.writeHead(404).end('{"errors":[]}')
    else if (typeof answer === 'function') answer(request, response)
    else response.writeHead(200).end(answer)
  })
  host = ''

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as AddressInfo
    this.host = `127.0.0.1:${port}`
    return this
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Below `/v2/<repository>/`. */
  answer(path: string, answer: Answer, repository = 'demo/hello'): void {
    this.#answers.set(`/v2/${repository}/${path}`, answer)
  }

  /** Somewhere else on this host. */
  page(path: string, text: string): void {
    this.#answers.set(path, Buffer.from(text))
  }

  /** From now on it accepts manifests from anyone, and returns them in order. */
  takeWrites(headers: Readonly<Record<string, string>> = {}): { readonly path: string; readonly json: string }[] {
    const written: { path: string; json: string }[] = []
    this.#put = (path, request, response) =>
      void text(request).then((json) => {
        this.#answers.set(path, Buffer.from(json))
        written.push({ path, json })
        response.writeHead(201, headers).end()
      })
    return written
  }

  /** Responds to any client that writes. */
  answerWrites(answer: (response: ServerResponse) => void): void {
    this.#put = (_, request, response) => {
      request.resume()
      answer(response)
    }
  }

  manifest(bytes: Buffer, repository?: string): Digest {
    const digest = digestOf(bytes)
    this.answer(`manifests/${digest}`, bytes, repository)
    return digest
  }

  blob(bytes: Buffer, repository?: string): Digest {
    const digest = digestOf(bytes)
    this.answer(`blobs/${digest}`, bytes, repository)
    return digest
  }

  /** Attaches bundles to an image as cosign does at a registry without the referrers API. */
  attach(
    subject: Digest,
    bundles: readonly string[],
    { repository, layerType = bundleType }: { readonly repository?: string; readonly layerType?: string } = {},
  ): readonly Digest[] {
    const manifests = bundles.map((json) => {
      const blob = Buffer.from(json)
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          artifactType: layerType,
          config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(Buffer.from('{}')), size: 2 },
          layers: [{ mediaType: layerType, digest: this.blob(blob, repository), size: blob.length }],
          subject: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: subject, size: 1 },
        }),
      )
      return this.manifest(manifest, repository)
    })
    this.answer(`manifests/sha256-${digestHex(subject)}`, indexOf(manifests), repository)
    return manifests
  }
}

/** An index that lists these manifests. */
export const indexOf = (digests: readonly Digest[], more: object = {}): Buffer =>
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: digests.map((digest) => ({
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        // What cosign 3.1 writes here; it is not the type of the manifest.
        artifactType: 'application/vnd.oci.empty.v1+json',
        digest,
        size: 1,
        ...more,
      })),
    }),
  )

/** A body that never ends. */
export const endless = (_: IncomingMessage, response: ServerResponse): void => {
  const chunk = Buffer.alloc(64 * 1024, ' ')
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  }
  response.writeHead(200).on('drain', more)
  more()
}
