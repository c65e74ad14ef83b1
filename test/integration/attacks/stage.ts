import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { demoImage } from '../../../src/core/containers/images/demo-image.ts'
import { buildImage, imageFacts } from '../../../src/core/containers/images/image.ts'
import { pullImage } from '../../../src/core/containers/images/pull-image.ts'
import { pushImage } from '../../../src/core/containers/images/push-image.ts'
import type { GateId } from '../../../src/core/domain/gate.ts'
import type { Digest } from '../../../src/core/domain/oci/digest.ts'
import { parseSelector } from '../../../src/core/domain/spiffe/selector.ts'
import type { Session } from '../../../src/core/orchestrator/session/session.ts'
import { identityFiles } from '../../../src/core/sandbox/identity-files.ts'
import { issuerUrl, parseIssuerState } from '../../../src/core/sandbox/issuer-state.ts'
import { createEntry, deleteEntry } from '../../../src/core/spire/entries.ts'
import { judge } from '../../../src/core/steps/attest/judge.ts'
import { running } from '../../../src/core/steps/resources.ts'
import { nodeAlias, selectorType } from '../../../src/core/steps/shared/trust-domain.ts'
import type { EntryArtifact } from '../../../src/core/workflow/artifacts.ts'
import { artifactOf, type RunState } from '../../../src/core/workflow/reducer.ts'
import { type AgentBeside, startAgentBeside } from '../harness/agent-beside.ts'
import { cosignAs, type Login, signLegacy } from '../harness/cosign-as.ts'
import { RegistryWrites } from '../harness/registry-writes.ts'
import { realSession } from '../harness/session.ts'
import { type Launch, type Outcome, Workloads } from '../harness/workloads.ts'
import { RegistryProxy } from './registry-proxy.ts'

/** The SPIFFE ID of the attacks' entry. */
export const wanted = 'spiffe://demo.test/wanted'

/** An image as it was pushed. */
export interface Pushed {
  /** `host/path:tag` */
  readonly tag: string
  /** `host/path@sha256:…` */
  readonly reference: string
  readonly digest: Digest
  /** The engine's id. */
  readonly id: string
}

interface ImageOptions {
  readonly tag?: string
  /** Lines at the end of the Dockerfile. */
  readonly more?: string
  /** Text files beside it, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** Whether the engine knows it by another name too, so that it keeps it when the tag moves; it does by default. */
  readonly names?: 'its own' | 'two'
}

/** A session with one signed image, an agent with our and SPIRE's attestor, and an entry for that image's signer. */
export class AttackStage {
  readonly session: Session
  readonly state: RunState
  readonly agent: AgentBeside
  readonly workloads: Workloads
  readonly entry: EntryArtifact
  /** Stands before the sandbox's registry under a name of its own, which the configuration names too. */
  readonly proxy: RegistryProxy
  /** Rows of the documentation's table. */
  readonly table: string[] = []
  #count = 0

  private constructor(parts: Pick<AttackStage, 'session' | 'state' | 'agent' | 'workloads' | 'entry' | 'proxy'>) {
    this.session = parts.session
    this.state = parts.state
    this.agent = parts.agent
    this.workloads = parts.workloads
    this.entry = parts.entry
    this.proxy = parts.proxy
  }

  static async start(where: Parameters<typeof realSession>[0]): Promise<AttackStage> {
    const session = await realSession(where)
    try {
      return await AttackStage.#on(session)
    } catch (error) {
      // Known to no one else.
      await session.close()
      throw error
    }
  }

  static async #on(session: Session): Promise<AttackStage> {
    const state = await session.newRun('signed', null).start()
    if (state.error !== null) throw new Error(JSON.stringify(state.error))
    const { registry } = artifactOf(state, 'sigstore')!
    const proxy = await new RegistryProxy(registry).start()
    const registries = [registry, proxy.host].map((host) => ({ host, plainHttp: true }))
    const agent = await startAgentBeside(session, { registries })
    const before = artifactOf(state, 'entry')!
    const { cli } = running(session.resources, 'spireServer')
    await deleteEntry(cli, before.entryId ?? '')
    const { selectors } = before
    const { id, knownAt } = await register(session, agent, wanted, selectors)
    const entry = { ...before, entryId: id, spiffeId: wanted, knownToAgentAt: knownAt }
    const { repository, tag } = artifactOf(state, 'pushed-image')!
    await keep(session, `${repository}:${tag}`, repository)
    const workloads = new Workloads(running(session.resources, 'engine').docker, agent)
    return new AttackStage({ session, state, agent, workloads, entry, proxy })
  }

  async close(): Promise<void> {
    await this.workloads.remove()
    await this.session.close()
    await this.proxy.stop()
  }

  /** host[:port] of the sandbox's registry. */
  get registry(): string {
    return artifactOf(this.state, 'sigstore')!.registry
  }

  /** The image that the story built, pushed and signed. */
  get signed(): Pushed {
    const { repository, tag, digest, imageId } = artifactOf(this.state, 'pushed-image')!
    return { tag: `${repository}:${tag}`, reference: `${repository}@${digest}`, digest, id: imageId }
  }

  /** The second issuer that Fulcio trusts. */
  get otherIssuer(): string {
    const { issuer } = identityFiles(this.session.resources.places.sandbox)
    return issuerUrl(parseIssuerState(readFileSync(issuer, 'utf8')).issuers[1].port)
  }

  /** A file with a little SBOM. */
  sbom(): string {
    const file = join(this.#folder, 'sbom.json')
    writeFileSync(file, JSON.stringify({ spdxVersion: 'SPDX-2.3', name: 'hello', packages: [] }))
    return file
  }

  /** Signs a digest in the format before bundles. */
  signLegacy({ reference }: Pushed): Promise<void> {
    return signLegacy(this.session, reference, this.#folder)
  }

  get #folder(): string {
    return this.session.resources.folders.runtime
  }

  writes(path?: string): RegistryWrites {
    return new RegistryWrites(this.registry, path)
  }

  /**
   * Builds the demo image with new content under a name, and more lines in its Dockerfile and files; returns name and
   * id.
   */
  async build(options: ImageOptions = {}): Promise<{ tag: string; id: string }> {
    this.#count += 1
    const tag = options.tag ?? `${this.registry}/demo/hello:attack-${this.#count}`
    const { workload } = this.session.resources.tools
    const context = demoImage({ workload, note: tag, now: new Date() })
    const dockerfile = `${context.dockerfile}${options.more ?? ''}`
    const added = Object.entries(options.files ?? {}).map(([name, text]) => ({
      name,
      content: Buffer.from(text),
      mode: 0o644,
    }))
    const files = [...context.files, ...added]
    const built = await buildImage(running(this.session.resources, 'engine'), { dockerfile, files, tag })
    if (!built.ok) throw new Error(JSON.stringify(built.error))
    return { tag, id: built.value }
  }

  /** Pushes the image with that name. */
  async push({ tag, id }: { tag: string; id: string }, names: ImageOptions['names'] = 'two'): Promise<Pushed> {
    const [repository, name] = [tag.slice(0, tag.lastIndexOf(':')), tag.slice(tag.lastIndexOf(':') + 1)]
    const engine = running(this.session.resources, 'engine')
    const pushed = await pushImage(engine, { repository, tag: name })
    if (!pushed.ok) throw new Error(JSON.stringify(pushed.error))
    if (names === 'two') await keep(this.session, tag, repository)
    const reference = `${repository}@${pushed.value.digest}`
    const facts = await imageFacts(engine, tag)
    if (facts.ok && !facts.value.repoDigests.includes(reference)) await pullImage(engine, reference)
    return { tag, id, digest: pushed.value.digest, reference }
  }

  async pushNew(options: ImageOptions = {}): Promise<Pushed> {
    return this.push(await this.build(options), options.names)
  }

  /** Signs a digest with the real cosign. */
  async sign({ reference }: Pushed, login: Login = { persona: 'engineer' }): Promise<void> {
    await cosignAs(this.session, this.state, login, 'sign', [reference])
  }

  /** An additional entry, for the whole life of the stage. */
  async register(spiffeId: string, selectors: readonly string[]): Promise<string> {
    return (await register(this.session, this.agent, spiffeId, selectors)).id
  }

  ask(image: string, launch?: Launch): Promise<Outcome> {
    return this.workloads.ask(image, launch)
  }

  /** The control: this is attested, and gets the entry's SPIFFE ID. */
  async expectAttested(image: string, launch?: Launch): Promise<Outcome> {
    const outcome = await this.ask(image, launch)
    expect(outcome.answer, this.#fallen(outcome)).toMatchObject({ outcome: 'svid', spiffeId: wanted })
    return outcome
  }

  /** Every gate passed and selectors were returned; whether an entry has them is another question. */
  expectSelectors({ record }: Pick<Outcome, 'record'>): void {
    expect(record, this.#fallen({ record })).toMatchObject({ answer: 'selectors' })
  }

  /** The attack: no SVID, and this gate is the reason, with what was expected, found, and a remedy. */
  async expectRefused(outcome: Outcome, gate: GateId, says: { found: RegExp; expected?: RegExp }): Promise<void> {
    const { answer, record } = outcome
    expect(answer, this.#fallen(outcome)).toMatchObject({ outcome: 'refused', code: 'PermissionDenied' })
    if (answer.outcome !== 'refused') return
    const { docker } = running(this.session.resources, 'engine')
    const { State } = await docker.getContainer(outcome.id).inspect()
    const judgement = judge({
      answer: { kind: 'refused', code: answer.code, text: answer.text },
      decision: record,
      entry: this.entry,
      startedAt: State.StartedAt,
      selectorType,
    })
    expect(judgement).toMatchObject({ kind: 'denied', denial: { gate } })
    if (judgement.kind !== 'denied') return
    expect(judgement.denial.found).toMatch(says.found)
    expect(judgement.denial.expected).toMatch(says.expected ?? /\S/)
    expect(judgement.denial.remedy).toMatch(/\S+ \S+/)
    if (gate !== 'entry' && gate !== 'launch') expect(record.selectors).toEqual([])
  }

  /** Records, for the table of the documentation, what SPIRE's attestor returned where ours denied at a gate. */
  async note(attack: string, gate: string, pid: number, honest: { tag: string; id: string }): Promise<void> {
    const row = `| ${attack} | ${gate} | ${await this.#builtInWords(pid, honest)} |`
    if (!this.table.includes(row)) this.table.push(row)
  }

  /** The name and digest that the built-in attestor reports for a process, compared with those of the signed image. */
  async #builtInWords(pid: number, honest: { tag: string; id: string }): Promise<string> {
    const { selectors, error } = await this.agent.builtIn(pid)
    if (error !== undefined) return 'an error'
    const value = (type: string) => selectors.find((each) => each.startsWith(`docker:${type}:`))?.slice(type.length + 8)
    const [name, digest] = [value('image_id'), value('image_config_digest')]
    if (name === undefined || digest === undefined) return 'nothing'
    const whose = (own: boolean): string => (own ? 'the signed image\u2019s' : 'its own')
    return `${whose(name === honest.tag)} name, ${whose(digest === honest.id)} digest`
  }

  #fallen({ record }: Pick<Outcome, 'record'>): string {
    const fallen = record.gates.filter(({ verdict }) => verdict !== 'passed')
    return JSON.stringify(fallen)
  }
}

/** An additional name: an engine with the containerd image store forgets an image when its last name moves. */
async function keep(session: Session, reference: string, repository: string): Promise<void> {
  const { docker } = running(session.resources, 'engine')
  await docker.getImage(reference).tag({ repo: repository, tag: `kept-${crypto.randomUUID()}` })
}

async function register(
  session: Session,
  agent: AgentBeside,
  spiffeId: string,
  texts: readonly string[],
): Promise<{ id: string; knownAt: string }> {
  const selectors = texts.flatMap((text) => {
    const parsed = parseSelector(text)
    return parsed.ok ? [parsed.value] : []
  })
  const { cli } = running(session.resources, 'spireServer')
  const created = await createEntry(cli, { spiffeId, parentId: nodeAlias, selectors, svidTtlSeconds: 3600 })
  if (!created.ok) throw new Error(JSON.stringify(created.error))
  const { id } = created.value.value
  const known = await agent.entries.until(id, { timeoutMs: 20_000 })
  if (!known.ok) throw new Error(JSON.stringify(known.error))
  return { id, knownAt: known.value }
}
