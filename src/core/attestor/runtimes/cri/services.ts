import type { ServiceDefinition } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'

// The messages as protobufjs writes them in JSON, with the fields that are read. Kept here and not as .proto files, because
// the plugin is one file. Source: kubernetes/cri-api v0.33.5, pkg/apis/runtime/v1/api.proto (package runtime.v1).
const text = (id: number) => ({ type: 'string', id })
const texts = (id: number) => ({ rule: 'repeated' as const, type: 'string', id })
const textMap = (id: number) => ({ keyType: 'string', type: 'string', id })
const flag = (id: number) => ({ type: 'bool', id })
const message = (type: string, id: number) => ({ type, id })
const messages = (type: string, id: number) => ({ rule: 'repeated' as const, type, id })
const unary = (name: string) => ({ requestType: `${name}Request`, responseType: `${name}Response`, comment: '' })

const container = {
  fields: {
    id: text(1),
    pod_sandbox_id: text(2),
    image_ref: text(5),
    image_id: text(10),
  },
}

const containerStatus = {
  fields: {
    id: text(1),
    metadata: message('ContainerMetadata', 2),
    state: { type: 'int32', id: 3 },
    image: message('ImageSpec', 8),
    image_ref: text(9),
    labels: textMap(12),
    image_id: text(17),
  },
}

const definition = fromJSON(
  {
    nested: {
      'runtime.v1': {
        nested: {
          VersionRequest: { fields: { version: text(1) } },
          VersionResponse: {
            fields: { runtime_name: text(2), runtime_version: text(3), runtime_api_version: text(4) },
          },
          ContainerMetadata: { fields: { name: text(1) } },
          ContainerFilter: { fields: { id: text(1) } },
          Container: container,
          ListContainersRequest: { fields: { filter: message('ContainerFilter', 1) } },
          ListContainersResponse: { fields: { containers: messages('Container', 1) } },
          ImageSpec: { fields: { image: text(1), user_specified_image: text(18) } },
          ContainerStatus: containerStatus,
          ContainerStatusRequest: { fields: { container_id: text(1), verbose: flag(2) } },
          ContainerStatusResponse: { fields: { status: message('ContainerStatus', 1), info: textMap(2) } },
          PodSandboxMetadata: { fields: { name: text(1), namespace: text(3) } },
          PodSandboxStatus: { fields: { id: text(1), metadata: message('PodSandboxMetadata', 2) } },
          PodSandboxStatusRequest: { fields: { pod_sandbox_id: text(1) } },
          PodSandboxStatusResponse: { fields: { status: message('PodSandboxStatus', 1) } },
          Image: { fields: { id: text(1), repo_digests: texts(3) } },
          ImageStatusRequest: { fields: { image: message('ImageSpec', 1), verbose: flag(2) } },
          ImageStatusResponse: { fields: { image: message('Image', 1), info: textMap(2) } },
          RuntimeService: {
            methods: {
              Version: unary('Version'),
              ListContainers: unary('ListContainers'),
              ContainerStatus: unary('ContainerStatus'),
              PodSandboxStatus: unary('PodSandboxStatus'),
            },
          },
          ImageService: { methods: { ImageStatus: unary('ImageStatus') } },
        },
      },
    },
  },
  { keepCase: true, defaults: true, arrays: true, objects: true, longs: String },
)

/** What is called on which service. */
export const criMethods = {
  Version: 'RuntimeService',
  ListContainers: 'RuntimeService',
  ContainerStatus: 'RuntimeService',
  PodSandboxStatus: 'RuntimeService',
  ImageStatus: 'ImageService',
} as const

/** A service of the container runtime interface, with its coding, for a client and for a server. */
export function criService(name: 'RuntimeService' | 'ImageService'): ServiceDefinition {
  const found = definition[`runtime.v1.${name}`]
  if (found === undefined || 'format' in found) throw new Error(`No service ${name} is defined.`)
  return found
}
