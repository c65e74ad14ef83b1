import { z } from 'zod'
import { imageStart, type StartFacts } from '../../../containers/inspect/launch-facts.ts'
import { parseJson } from '../../../domain/json.ts'
import { type Digest, isDigest } from '../../../domain/oci/digest.ts'
import type { PodLaunch } from './pod-launch.ts'

const hex = /^[0-9a-f]{64}$/
const words = z.string().max(512)

/** An image's id: the digest of its configuration. CRI-O leaves the algorithm out. */
const imageId = z
  .string()
  .max(80)
  .transform((id) => (hex.test(id) ? `sha256:${id}` : id))

const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? [])

const mount = z.object({
  destination: z.string(),
  type: z.string().default(''),
  source: z.string().default(''),
  options: texts,
})

/** The OCI runtime configuration (runtime-spec, config.md); every other key is compared as it is. */
const runtimeSpec = z.looseObject({
  process: z.looseObject({
    args: texts,
    env: texts,
    cwd: z.string(),
    user: z.strictObject({
      uid: z.number().int().nonnegative().default(0),
      gid: z.number().int().nonnegative().default(0),
      umask: z.number().optional(),
      additionalGids: z
        .array(z.number().int())
        .nullish()
        .transform((value) => value ?? []),
    }),
  }),
  mounts: z.array(mount).default([]),
  annotations: z.record(z.string(), z.string()).default({}),
})

const flag = z.boolean().nullish()
/** CRI's NamespaceMode: the machine's own namespace. */
const node = 2

/** What containerd and CRI-O put into a verbose status. `config`, the container as it was requested, is containerd's. */
const containerInfo = z.looseObject({
  sandboxID: z.string(),
  pid: z.number().int().nonnegative().max(4_194_304),
  runtimeType: z.string().optional(),
  privileged: flag,
  config: z
    .looseObject({
      stdin: flag,
      tty: flag,
      linux: z
        .looseObject({
          security_context: z
            .looseObject({
              privileged: flag,
              namespace_options: z.looseObject({ ipc: z.number().nullish() }).nullish(),
              seccomp: z.looseObject({ profile_type: z.number().nullish() }).nullish(),
            })
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
  runtimeSpec: z.unknown().optional(),
})

/** The info of a verbose answer: JSON in a text. */
const infoOf = <T>(schema: z.ZodType<T>) =>
  z
    .record(z.string(), z.string())
    .transform((info) => parseJson(info['info'] ?? ''))
    .pipe(schema)

/** The answer to ContainerStatus, verbose. */
export const containerStatus = z.object({
  status: z.object({
    id: z.string().regex(hex),
    metadata: z.object({ name: words }).nullish(),
    state: z.number().int(),
    image: z.object({ image: words, user_specified_image: words }).nullish(),
    labels: z.record(z.string(), z.string()),
    image_id: imageId,
  }),
  info: infoOf(containerInfo),
})

/** The answer to ListContainers. */
export const containerList = z.object({
  containers: z.array(z.object({ id: z.string(), pod_sandbox_id: z.string(), image_ref: imageId, image_id: imageId })),
})

/** The answer to PodSandboxStatus. */
export const sandboxStatus = z.object({
  status: z.object({ id: z.string(), metadata: z.object({ name: words, namespace: words }).nullish() }),
})

/** The answer to Version. */
export const version = z.object({ runtime_name: words, runtime_version: words })

const imageInfo = z.object({
  imageSpec: z.looseObject({ os: words.default(''), architecture: words.default(''), config: z.unknown() }),
})

/** The answer to ImageStatus, verbose. `image` is null when the runtime has none. */
export const imageStatus = z.object({
  image: z.object({ id: imageId, repo_digests: z.array(words).max(256) }).nullable(),
  info: z.record(z.string(), z.string()),
})

/** What an image's own configuration, in the info of its status, says about its platform and its start. */
export function imageFacts(info: Readonly<Record<string, string>>): {
  readonly os: string
  readonly architecture: string
  readonly start: StartFacts | undefined
} {
  const parsed = imageInfo.safeParse(parseJson(info['info'] ?? ''))
  if (!parsed.success) return { os: '', architecture: '', start: undefined }
  const { os, architecture, config } = parsed.data.imageSpec
  return { os, architecture, start: imageStart.safeParse({ Config: config }).data }
}

/** The id of a container's image, as its records name it; undefined when they name none, or not the same. */
export function imageIdOf(...reported: readonly string[]): Digest | undefined {
  const [id, ...others] = [...new Set(reported.filter((each) => each !== ''))]
  return id !== undefined && others.length === 0 && isDigest(id) ? id : undefined
}

/** How a container was launched; undefined when the runtime describes it in another form. */
export function podLaunch({ status, info }: z.output<typeof containerStatus>): PodLaunch | undefined {
  const spec = runtimeSpec.safeParse(info.runtimeSpec)
  if (!spec.success) return undefined
  const { args, env, cwd, user } = spec.data.process
  const { annotations } = spec.data
  const security = info.config?.linux?.security_context
  const crio = 'io.kubernetes.cri-o.ContainerID' in annotations
  const open = crio
    ? ['Stdin', 'TTY'].some((key) => annotations[`io.kubernetes.cri-o.${key}`] !== 'false')
    : info.config?.stdin === true || info.config?.tty === true
  return {
    program: args,
    environment: env,
    workingFolder: cwd,
    user: { uid: user.uid, gid: user.gid, groups: user.additionalGids },
    mounts: spec.data.mounts,
    spec: spec.data,
    runtimeType: info.runtimeType,
    privileged: info.privileged === true || security?.privileged === true,
    machineIpc: security?.namespace_options?.ipc === node,
    seccompProfile: security?.seccomp?.profile_type ?? 0,
    takesInput: crio || info.config ? open : undefined,
    crio,
    containerId: status.id,
    sandboxId: info.sandboxID,
    podUid: status.labels['io.kubernetes.pod.uid'] ?? '',
  }
}
