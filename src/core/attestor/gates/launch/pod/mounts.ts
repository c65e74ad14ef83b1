import type { Mount } from '../../../../containers/inspect/launch-facts.ts'
import type { PodLaunch, SpecMount } from '../../../runtimes/cri/pod-launch.ts'
import { csiMount, tokenMount } from '../mounts.ts'

/** The file systems that runtimes mount in every container. */
const fileSystems = new Map([
  ['/proc', ['proc']],
  ['/dev', ['tmpfs']],
  ['/dev/pts', ['devpts']],
  ['/dev/mqueue', ['mqueue']],
  ['/sys', ['sysfs']],
  ['/sys/fs/cgroup', ['cgroup', 'cgroup2']],
])

/**
 * The mounts of a pod's container that are not every container's. What the kubelet and the runtime mount themselves is
 * recognized by where it comes from: the folders of this pod, sandbox and container, in which only they choose names. Pure.
 */
export function podMounts(launch: PodLaunch): readonly Mount[] {
  const mounts: Mount[] = []
  for (const mount of launch.mounts) {
    if (isEveryones(mount, launch)) continue
    const { destination: target, source, options } = mount
    const volume = ofImage(mount, launch)
    const readOnly = options.includes('ro')
    const kind = kindOf(mount, launch)
    mounts.push(
      volume === undefined
        ? { type: kind, source, target, name: '', driver: '', readOnly }
        : { type: 'volume', source, target, name: volume, driver: 'local', readOnly },
    )
  }
  return mounts
}

function kindOf(mount: SpecMount, launch: PodLaunch): string {
  if (isToken(mount, launch)) return tokenMount
  if (isOfCsi(mount, launch)) return csiMount
  return mount.type === 'tmpfs' ? 'tmpfs' : 'bind'
}

function isEveryones({ destination, type, source }: SpecMount, launch: PodLaunch): boolean {
  if (fileSystems.get(destination)?.includes(type) === true) return true
  if (type !== 'bind') return false
  const name = destination.split('/').at(-1) ?? ''
  switch (destination) {
    case '/etc/hosts':
      return endsWith(source, ofPod(launch), '/etc-hosts') || endsWith(source, ofSandbox(launch), `/${name}`)
    case '/etc/hostname':
    case '/etc/resolv.conf':
    case '/dev/shm':
      return endsWith(source, ofSandbox(launch), `/${name}`)
    case '/dev/termination-log':
      return endsWith(source, ofPod(launch), /^\/containers\/[a-z0-9-]{1,63}\/[0-9a-f]{1,16}$/)
    default:
      return false
  }
}

/** The token of the pod's service account, with the certificate of the API server. */
const isToken = ({ destination, source }: SpecMount, launch: PodLaunch): boolean =>
  destination === '/var/run/secrets/kubernetes.io/serviceaccount' &&
  endsWith(source, ofPod(launch), /^\/volumes\/kubernetes\.io~projected\/kube-api-access-[a-z0-9]{5}$/)

const isOfCsi = ({ source }: SpecMount, launch: PodLaunch): boolean =>
  endsWith(source, ofPod(launch), /^\/volumes\/kubernetes\.io~csi\/[a-z0-9.-]{1,253}\/mount$/)

/** The name of a volume that the runtime makes because the image declares it; containerd's are folders of the container. */
function ofImage({ source }: SpecMount, { containerId }: PodLaunch): string | undefined {
  const [, name] = /\/volumes\/([0-9a-f]{64})$/.exec(source) ?? []
  return name !== undefined && source.endsWith(`/containers/${containerId}/volumes/${name}`) ? name : undefined
}

const ofPod = ({ podUid }: PodLaunch): readonly string[] => (podUid === '' ? [] : [`/pods/${podUid}`])
const ofSandbox = ({ sandboxId }: PodLaunch): readonly string[] => [
  // containerd; CRI-O (containers/storage).
  `/sandboxes/${sandboxId}`,
  `/overlay-containers/${sandboxId}/userdata`,
]

/** Whether a path is one of these folders, followed by exactly this. */
const endsWith = (path: string, folders: readonly string[], rest: string | RegExp): boolean =>
  folders.some((folder) => {
    const at = path.indexOf(folder)
    if (at < 0) return false
    const after = path.slice(at + folder.length)
    return typeof rest === 'string' ? after === rest : rest.test(after)
  })
