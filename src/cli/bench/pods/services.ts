import type { ServiceDefinition } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'

// What tests and measurements write through the container runtime interface: the calls with which a kubelet makes pods. Source:
// kubernetes/cri-api v0.33.5, pkg/apis/runtime/v1/api.proto. The attestor has its own definition of what it reads.
const text = (id: number) => ({ type: 'string', id })
const texts = (id: number) => ({ rule: 'repeated' as const, type: 'string', id })
const textMap = (id: number) => ({ keyType: 'string', type: 'string', id })
const flag = (id: number) => ({ type: 'bool', id })
const int = (id: number) => ({ type: 'int64', id })
const message = (type: string, id: number) => ({ type, id })
const messages = (type: string, id: number) => ({ rule: 'repeated' as const, type, id })
const unary = (requestType: string, responseType: string) => ({ requestType, responseType, comment: '' })

const ofPod = { fields: { pod_sandbox_id: text(1) } }
const ofContainer = { fields: { container_id: text(1) } }
const none = { fields: {} }

const securityContext = {
  fields: {
    capabilities: message('Capability', 1),
    privileged: flag(2),
    namespace_options: message('NamespaceOption', 3),
    run_as_user: message('Int64Value', 5),
    readonly_rootfs: flag(7),
    supplemental_groups: { rule: 'repeated' as const, ...int(8) },
    no_new_privs: flag(11),
    run_as_group: message('Int64Value', 12),
    masked_paths: texts(13),
    readonly_paths: texts(14),
    seccomp: message('SecurityProfile', 15),
  },
}

const definition = fromJSON(
  {
    nested: {
      'runtime.v1': {
        nested: {
          Int64Value: { fields: { value: int(1) } },
          KeyValue: { fields: { key: text(1), value: text(2) } },
          ImageSpec: { fields: { image: text(1), user_specified_image: text(18) } },
          SecurityProfile: { fields: { profile_type: { type: 'int32', id: 1 }, localhost_ref: text(2) } },
          Capability: { fields: { add_capabilities: texts(1), drop_capabilities: texts(2) } },
          NamespaceOption: {
            fields: {
              network: { type: 'int32', id: 1 },
              pid: { type: 'int32', id: 2 },
              ipc: { type: 'int32', id: 3 },
              target_id: text(4),
            },
          },
          PodSandboxMetadata: { fields: { name: text(1), uid: text(2), namespace: text(3) } },
          LinuxSandboxSecurityContext: {
            fields: { namespace_options: message('NamespaceOption', 1), privileged: flag(6) },
          },
          LinuxPodSandboxConfig: {
            fields: { cgroup_parent: text(1), security_context: message('LinuxSandboxSecurityContext', 2) },
          },
          PodSandboxConfig: {
            fields: {
              metadata: message('PodSandboxMetadata', 1),
              hostname: text(2),
              log_directory: text(3),
              labels: textMap(6),
              linux: message('LinuxPodSandboxConfig', 8),
            },
          },
          ContainerMetadata: { fields: { name: text(1), attempt: { type: 'uint32', id: 2 } } },
          Mount: { fields: { container_path: text(1), host_path: text(2), readonly: flag(3) } },
          Device: { fields: { container_path: text(1), host_path: text(2), permissions: text(3) } },
          LinuxContainerSecurityContext: securityContext,
          LinuxContainerConfig: { fields: { security_context: message('LinuxContainerSecurityContext', 2) } },
          ContainerConfig: {
            fields: {
              metadata: message('ContainerMetadata', 1),
              image: message('ImageSpec', 2),
              command: texts(3),
              args: texts(4),
              working_dir: text(5),
              envs: messages('KeyValue', 6),
              mounts: messages('Mount', 7),
              devices: messages('Device', 8),
              labels: textMap(9),
              annotations: textMap(10),
              log_path: text(11),
              stdin: flag(12),
              tty: flag(14),
              linux: message('LinuxContainerConfig', 15),
            },
          },
          RunPodSandboxRequest: { fields: { config: message('PodSandboxConfig', 1) } },
          PodSandboxId: ofPod,
          Empty: none,
          ListPodSandboxResponse: { fields: { items: messages('PodSandboxId', 1) } },
          CreateContainerRequest: {
            fields: {
              pod_sandbox_id: text(1),
              config: message('ContainerConfig', 2),
              sandbox_config: message('PodSandboxConfig', 3),
            },
          },
          ContainerId: ofContainer,
          StopContainerRequest: { fields: { container_id: text(1), timeout: int(2) } },
          ExecSyncRequest: { fields: { container_id: text(1), cmd: texts(2), timeout: int(3) } },
          ExecSyncResponse: {
            fields: {
              stdout: { type: 'bytes', id: 1 },
              stderr: { type: 'bytes', id: 2 },
              exit_code: { type: 'int32', id: 3 },
            },
          },
          PullImageRequest: { fields: { image: message('ImageSpec', 1) } },
          PullImageResponse: { fields: { image_ref: text(1) } },
          RuntimeService: {
            methods: {
              RunPodSandbox: unary('RunPodSandboxRequest', 'PodSandboxId'),
              StopPodSandbox: unary('PodSandboxId', 'Empty'),
              RemovePodSandbox: unary('PodSandboxId', 'Empty'),
              ListPodSandbox: unary('Empty', 'ListPodSandboxResponse'),
              CreateContainer: unary('CreateContainerRequest', 'ContainerId'),
              StartContainer: unary('ContainerId', 'Empty'),
              StopContainer: unary('StopContainerRequest', 'Empty'),
              RemoveContainer: unary('ContainerId', 'Empty'),
              ExecSync: unary('ExecSyncRequest', 'ExecSyncResponse'),
            },
          },
          ImageService: { methods: { PullImage: unary('PullImageRequest', 'PullImageResponse') } },
        },
      },
    },
  },
  { keepCase: true, defaults: true, arrays: true, objects: true, longs: Number },
)

/** One of the two services, with its coding. */
export function criWriting(name: 'RuntimeService' | 'ImageService'): ServiceDefinition {
  const found = definition[`runtime.v1.${name}`]
  if (found === undefined || 'format' in found) throw new Error(`No service ${name} is defined.`)
  return found
}
