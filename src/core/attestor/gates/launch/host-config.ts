import type { EngineKind } from '../../../containers/inspect/launch-facts.ts'
import { all, any, eachOf, isEmpty, keysLike, oneOf, type Rule, shown } from './rules.ts'

/**
 * Every key of `HostConfig` (Docker's API 1.41 to 1.51, Podman 5) with its accepted values. It is an allow-list: a key
 * that is not on it counts as a change unless it is empty.
 */
const rules: Readonly<Record<string, Rule>> = {
  // Resource limits.
  ...all(
    [
      'BlkioDeviceReadBps',
      'BlkioDeviceReadIOps',
      'BlkioDeviceWriteBps',
      'BlkioDeviceWriteIOps',
      'BlkioWeight',
      'BlkioWeightDevice',
      'CpuCount',
      'CpuPercent',
      'CpuPeriod',
      'CpuQuota',
      'CpuRealtimePeriod',
      'CpuRealtimeRuntime',
      'CpuShares',
      'CpusetCpus',
      'CpusetMems',
      'IOMaximumBandwidth',
      'IOMaximumIOps',
      'KernelMemory',
      'KernelMemoryTCP',
      'Memory',
      'MemoryReservation',
      'MemorySwap',
      'MemorySwappiness',
      'NanoCpus',
      'OomKillDisable',
      'OomScoreAdj',
      'PidsLimit',
      'ShmSize',
      'StorageOpt',
      'Ulimits',
    ],
    any,
  ),
  // How the engine treats it from outside.
  ...all(
    ['AutoRemove', 'CgroupParent', 'ConsoleSize', 'ContainerIDFile', 'LogConfig', 'RestartPolicy', 'VolumeDriver'],
    any,
  ),
  // Its network: whatever arrives from there is input, on any network.
  ...all(['Dns', 'DnsOptions', 'DnsSearch', 'ExtraHosts', 'NetworkMode', 'PortBindings', 'PublishAllPorts'], any),
  // Fewer rights than usual.
  ...all(['CapDrop', 'ReadonlyRootfs'], any),
  // Compared by what is really mounted (mounts.ts).
  ...all(['Binds', 'MaskedPaths', 'Mounts', 'ReadonlyPaths', 'Tmpfs'], any),
  // The engine's own init process, which starts the image's program (mounts.ts, origin.ts).
  Init: any,
  // More rights, or a way in.
  ...all(
    [
      'CapAdd',
      'Capabilities',
      'Cgroup',
      'DeviceCgroupRules',
      'DeviceRequests',
      'Devices',
      'GroupAdd',
      'Links',
      'Privileged',
      'UsernsMode',
      'VolumesFrom',
    ],
    isEmpty,
  ),
  Annotations: (value, engine) =>
    engine === 'podman'
      ? keysLike(
          /^(io\.container\.manager|io\.podman\.annotations\.[a-z-]+|org\.opencontainers\.image\.\w+|org\.systemd\.property\.\w+)$/,
        )(value, engine)
      : isEmpty(value),
  CgroupnsMode: oneOf('', 'host', 'private'),
  IpcMode: oneOf('', 'private', 'shareable', 'none'),
  Isolation: oneOf('', 'default'),
  PidMode: oneOf('', 'private'),
  Runtime: oneOf('', 'crun', 'io.containerd.runc.v2', 'oci', 'runc'),
  SecurityOpt: eachOf(/^no-new-privileges(?:[:=]true)?$/),
  // Limits of namespaces that are the container's own, as above.
  Sysctls: keysLike(/^(net\.|kernel\.(msg|sem|shm)|fs\.mqueue\.)/),
  UTSMode: oneOf('', 'private'),
}

/** Two that are named first, because they imply others. */
const first = ['Privileged', 'PidMode']

/** The first setting of a container that is not on the list, in words; undefined when all are. Pure. */
export function unlistedSetting(settings: Readonly<Record<string, unknown>>, engine: EngineKind): string | undefined {
  const keys = Object.keys(settings).toSorted((one, other) => first.indexOf(other) - first.indexOf(one))
  const key = keys.find((each) => !ruleOf(each)(settings[each], engine))
  if (key === undefined) return undefined
  const words = key === 'Privileged' ? 'the container is privileged' : `${key} is ${shown(settings[key])}`
  return Object.hasOwn(rules, key) ? words : `${words}, which this attestor does not know`
}

// The engine chooses the key, which may be one that every object inherits.
const ruleOf = (key: string): Rule => (Object.hasOwn(rules, key) ? (rules[key] ?? saysNothing) : saysNothing)

/** An unknown list that is empty may disable something, as `MaskedPaths` does. */
const saysNothing: Rule = (value) => (isEmpty(value) && typeof value !== 'object' ? true : value === null)
