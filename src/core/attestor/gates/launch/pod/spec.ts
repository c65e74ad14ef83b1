import { isObject } from '../../../../domain/json.ts'
import type { PodLaunch } from '../../../runtimes/cri/pod-launch.ts'
import { all, any, eachOf, isEmpty, keysLike, oneOf, type Rule, shown } from '../rules.ts'

/** The most that runtimes leave a container by default: the same fourteen as Docker's. */
const usualCapabilities = new RegExp(
  `^CAP_(${[
    'AUDIT_WRITE|CHOWN|DAC_OVERRIDE|FOWNER|FSETID|KILL|MKNOD|NET_BIND_SERVICE|NET_RAW',
    'SETFCAP|SETGID|SETPCAP|SETUID|SYS_CHROOT',
  ].join('|')})$`,
)

/** Devices that runtimes give every container (runtime-spec, config-linux.md, default devices). */
const defaultDevices = ['1:3', '1:5', '1:7', '1:8', '1:9', '5:0', '5:1', '5:2', '136:']

const deviceRules: Rule = (value) =>
  isEmpty(value) ||
  (Array.isArray(value) &&
    value.every(
      (rule) =>
        isObject(rule) &&
        (rule['allow'] === false ||
          (rule['type'] === 'c' && defaultDevices.includes(numberOf(rule['major'], rule['minor'])))),
    ))

/** Terminals (136) have any minor number. */
const numberOf = (major: unknown, minor: unknown): string =>
  major === 136 ? '136:' : `${String(major)}:${String(minor)}`

/** A namespace without a path is the container's own. Those that the containers of a pod share have the sandbox's. */
const namespaces: Rule = (value) => {
  if (!Array.isArray(value) || !value.every(isObject)) return false
  const own = value.filter(({ path }) => isEmpty(path)).map(({ type }) => type)
  const kinds = value.map(({ type }) => type)
  return (
    own.includes('pid') &&
    own.includes('mount') &&
    kinds.includes('ipc') &&
    kinds.every((kind) => ['cgroup', 'ipc', 'mount', 'network', 'pid', 'uts'].includes(String(kind))) &&
    new Set(kinds).size === kinds.length
  )
}

/** Every part of the OCI runtime configuration (runtime-spec 1.2) with its accepted values, as for Docker's settings. */
const parts: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  '': {
    ...all(['ociVersion', 'hostname', 'domainname'], any),
    // Compared with the image (start.ts) and with what is really mounted (mounts.ts), or part by part.
    ...all(['process', 'mounts', 'root', 'linux'], any),
    hooks: isEmpty,
    // What the runtime notes down for itself; none of these changes what runs. crun and others read further ones.
    annotations: keysLike(
      /^(io\.kubernetes\.[a-z0-9.-]+(\/?[A-Za-z0-9._-]+)?|kubernetes\.io\/config\.[a-z]+|org\.systemd\.property\.\w+|org\.opencontainers\.image\.\w+|io\.container\.manager)$/,
    ),
  },
  process: {
    ...all(['args', 'cwd', 'env', 'terminal', 'consoleSize', 'user'], any),
    ...all(['rlimits', 'noNewPrivileges', 'oomScoreAdj', 'ioPriority'], any),
    apparmorProfile: oneOf('', 'cri-containerd.apparmor.d', 'crio-default'),
    selinuxLabel: (value) =>
      isEmpty(value) || /^system_u:system_r:container_t:s0(:c\d{1,4}(,c\d{1,4})?)?$/.test(String(value)),
    capabilities: any,
  },
  'process.capabilities': all(
    ['bounding', 'effective', 'inheritable', 'permitted', 'ambient'],
    eachOf(usualCapabilities),
  ),
  root: all(['path', 'readonly'], any),
  linux: {
    ...all(['cgroupsPath', 'mountLabel', 'resources'], any),
    // Compared by what is really mounted (mounts.ts).
    ...all(['maskedPaths', 'readonlyPaths'], any),
    ...all(['devices', 'uidMappings', 'gidMappings'], isEmpty),
    namespaces,
    rootfsPropagation: oneOf('', 'private', 'rprivate', 'slave', 'rslave'),
    // Limits of namespaces that are the pod's own.
    sysctl: keysLike(/^(net\.|kernel\.(msg|sem|shm)|fs\.mqueue\.)/),
    seccomp: any,
  },
  'linux.seccomp': all(['defaultAction', 'defaultErrnoRet', 'architectures', 'flags', 'syscalls'], any),
  'linux.resources': {
    ...all(['memory', 'cpu', 'pids', 'blockIO', 'hugepageLimits', 'network', 'rdma', 'unified'], any),
    devices: deviceRules,
  },
}

/** The first setting of a container that is not on the list, in words; undefined when all are. Pure. */
export function unlistedPart(launch: PodLaunch): string | undefined {
  if (launch.privileged) return 'the container is privileged'
  if (launch.seccompProfile > 1) return 'its system calls are filtered by a file of the machine (seccomp)'
  if (launch.runtimeType !== undefined && !/^io\.containerd\.runc\.v[12]$/.test(launch.runtimeType)) {
    return `it runs under another runtime: ${launch.runtimeType.slice(0, 80)}`
  }
  if (launch.machineIpc) return 'the IPC namespace is the machine\u2019s'
  const capabilities = within(within(launch.spec, 'process'), 'capabilities')
  const more = Object.values(isObject(capabilities) ? capabilities : {})
    .flatMap((each: unknown) => (Array.isArray(each) ? each.map(String) : []))
    .find((each) => !usualCapabilities.test(each))
  if (more !== undefined) return `more capabilities than usual: ${more.slice(0, 80)}`
  for (const [path, rules] of Object.entries(parts)) {
    const found = path === '' ? launch.spec : path.split('.').reduce<unknown>(within, launch.spec)
    if (isEmpty(found)) continue
    if (!isObject(found)) return `${path} is ${shown(found)}`
    const key = Object.keys(found).find((each) => !ruleOf(rules, each)(found[each], 'cri'))
    if (key === undefined) continue
    const name = path === '' ? key : `${path}.${key}`
    return `${name} is ${shown(found[key])}${Object.hasOwn(rules, key) ? '' : ', which this attestor does not know'}`
  }
  return undefined
}

const within = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined)

// The runtime chooses the key, which may be one that every object inherits.
const ruleOf = (rules: Readonly<Record<string, Rule>>, key: string): Rule =>
  Object.hasOwn(rules, key) ? (rules[key] ?? isEmpty) : isEmpty
