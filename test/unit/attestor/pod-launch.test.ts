import { describe, expect, it } from 'vitest'
import { podMounts } from '../../../src/core/attestor/gates/launch/pod/mounts.ts'
import { unlistedPart } from '../../../src/core/attestor/gates/launch/pod/spec.ts'
import { otherPodStart } from '../../../src/core/attestor/gates/launch/pod/start.ts'
import { imageFacts, imageIdOf, imageStatus } from '../../../src/core/attestor/runtimes/cri/answers.ts'
import { type LooseInfo, launchWith, recorded } from '../../fixtures/cri-fixtures.ts'

const image = imageFacts(imageStatus.parse(recorded('image-status')).info).start!
const accounts: Readonly<Record<string, string>> = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/:/bin/sh\n',
  '/etc/group': 'root:x:0:\nweb:x:1000:\nextra:x:1001:web\n',
}
const layers = { text: (path: string) => accounts[path] }

describe('a container of a pod, as containerd 1.6.20 described it', () => {
  it('has nothing that is not on the list, and starts as its image says', () => {
    expect(unlistedPart(launchWith())).toBeUndefined()
    expect(otherPodStart(launchWith(), image, layers)).toBeUndefined()
  })

  it('has the volume that its image declares and the pod\u2019s token, and else what every container has', () => {
    expect(podMounts(launchWith()).map(({ type, target, readOnly }) => [type, target, readOnly])).toEqual([
      ['volume', '/vol', false],
      ['token', '/var/run/secrets/kubernetes.io/serviceaccount', true],
    ])
  })

  it('is named for a shared process namespace, and for privileges', () => {
    expect(unlistedPart(launchWith(undefined, 'container-status-shared'))).toContain('linux.namespaces is')
    expect(unlistedPart(launchWith(undefined, 'container-status-privileged'))).toBe('the container is privileged')
    // Also without the flag: by what it got.
    const unflagged = launchWith(({ config }) => {
      config.linux.security_context['privileged'] = false
    }, 'container-status-privileged')
    expect(unlistedPart(unflagged)).toMatch(/^more capabilities than usual: CAP_/)
  })
})

type Change = (info: LooseInfo) => void
const spec: (change: (spec: LooseInfo['runtimeSpec']) => void) => Change = (change) => (info) =>
  change(info.runtimeSpec)
const namespaces = (change: (all: { type: string; path?: string }[]) => { type: string; path?: string }[]) =>
  spec(({ linux }) => {
    linux.namespaces = change(linux.namespaces)
  })

describe('the list of a runtime\u2019s settings', () => {
  it.each<[string, Change, RegExp]>([
    ['a hook', spec((all) => void (all['hooks'] = { prestart: [{ path: '/x' }] })), /^hooks is/],
    [
      'an annotation for the OCI runtime',
      spec(({ annotations }) => void (annotations['run.oci.handler'] = 'wasm')),
      /^annotations is/,
    ],
    ['a key of another kind of machine', spec((all) => void (all['vm'] = { kernel: {} })), /^vm is .* does not know$/],
    [
      'a key that every object inherits',
      spec((all) => void Object.assign(all, { constructor: { x: 1 } })),
      /^constructor is/,
    ],
    [
      'a profile of its own',
      spec(({ process }) => void (process['apparmorProfile'] = 'unconfined')),
      /apparmorProfile/,
    ],
    [
      'a label of its own',
      spec(({ process }) => void (process['selinuxLabel'] = 'system_u:system_r:spc_t:s0')),
      /selinuxLabel/,
    ],
    ['no PID namespace', namespaces((all) => all.filter(({ type }) => type !== 'pid')), /^linux\.namespaces is/],
    ['no mount namespace', namespaces((all) => all.filter(({ type }) => type !== 'mount')), /^linux\.namespaces is/],
    ['no IPC namespace', namespaces((all) => all.filter(({ type }) => type !== 'ipc')), /^linux\.namespaces is/],
    ['a user namespace', namespaces((all) => [...all, { type: 'user' }]), /^linux\.namespaces is/],
    [
      'another\u2019s PID namespace',
      namespaces((all) => all.map((each) => (each.type === 'pid' ? { ...each, path: '/proc/7/ns/pid' } : each))),
      /^linux\.namespaces is/,
    ],
    ['a device', spec(({ linux }) => void (linux['devices'] = [{ path: '/dev/kvm' }])), /^linux\.devices is/],
    [
      'access to a device',
      spec(({ linux }) => void (linux['resources'] = { devices: [{ allow: true, type: 'b', access: 'rwm' }] })),
      /^linux\.resources\.devices is/,
    ],
    ['shared mounts', spec(({ linux }) => void (linux['rootfsPropagation'] = 'rshared')), /rootfsPropagation/],
    [
      'a listener for system calls',
      spec(({ linux }) => void (linux['seccomp'] = { listenerPath: '/run/x' })),
      /^linux\.seccomp\.listenerPath/,
    ],
    [
      'a kernel setting',
      spec(({ linux }) => void (linux['sysctl'] = { 'kernel.core_pattern': '|/x' })),
      /^linux\.sysctl is/,
    ],
    [
      'another runtime',
      (info) => void (info.runtimeType = 'io.containerd.kata.v2'),
      /another runtime: io\.containerd\.kata/,
    ],
    [
      'a filter from a file',
      (info) => void (info.config.linux.security_context['seccomp'] = { profile_type: 2 }),
      /seccomp/,
    ],
    [
      'the machine\u2019s IPC',
      (info) => void (info.config.linux.security_context['namespace_options'] = { ipc: 2 }),
      /IPC/,
    ],
  ])('names %s', (_, change, found) => {
    expect(unlistedPart(launchWith(change))).toMatch(found)
  })

  it.each<[string, Change]>([
    ['fewer capabilities', spec(({ process }) => void (process['capabilities'] = { bounding: ['CAP_KILL'] }))],
    [
      'limits',
      spec(
        ({ linux }) =>
          void (linux['resources'] = { memory: { limit: 1 }, cpu: { shares: 2 }, unified: { 'memory.high': '1' } }),
      ),
    ],
    [
      'the runtime\u2019s own filter',
      spec(({ linux }) => void (linux['seccomp'] = { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [] })),
    ],
    [
      'a terminal\u2019s devices',
      spec(
        ({ linux }) => void (linux['resources'] = { devices: [{ allow: true, type: 'c', major: 136, access: 'rwm' }] }),
      ),
    ],
    ['CRI-O\u2019s notes', spec(({ annotations }) => void (annotations['io.kubernetes.cri-o.ImageName'] = 'x'))],
  ])('accepts %s', (_, change) => {
    expect(unlistedPart(launchWith(change))).toBeUndefined()
  })
})

const env = (...more: string[]) => spec(({ process }) => void process.env.push(...more))
const user = (more: object) => spec(({ process }) => void Object.assign(process.user, more))

describe('the start', () => {
  it.each<[string, Change, string]>([
    ['arguments', spec(({ process }) => void process.args.push('-x')), 'another program: /pause x -x'],
    ['user', user({ uid: 0 }), 'another user: 0'],
    ['group', user({ gid: 0 }), 'another group: 0'],
    ['more groups', user({ additionalGids: [1000, 4711] }), 'another group: 4711'],
    ['folder', spec(({ process }) => void (process['cwd'] = '/tmp')), 'another folder: /tmp'],
    ['a variable', env('LD_PRELOAD=/x'), 'another environment: LD_PRELOAD'],
    ['another value of the image\u2019s', env('A=c'), 'another environment: A'],
    [
      'no variable of the image\u2019s',
      spec(({ process }) => void (process.env = ['HOSTNAME=x'])),
      'another environment: A',
    ],
    ['a program as an address', env('X_SERVICE_HOST=$(id)'), 'another environment: X_SERVICE_HOST'],
    ['a name as an address', env('X_SERVICE_HOST=evil.example'), 'another environment: X_SERVICE_HOST'],
    ['another scheme', env('X_PORT=file:///etc/passwd'), 'another environment: X_PORT'],
    ['a port of its own', env('X_PORT=8080'), 'another environment: X_PORT'],
    ['a port beyond all', env('X_SERVICE_PORT=65536'), 'another environment: X_SERVICE_PORT'],
    ['a host name that is none', env('HOSTNAME=-x y'), 'another environment: HOSTNAME'],
    [
      'standard input',
      (info) => void (info.config['stdin'] = true),
      'standard input or a terminal is open (stdin, tty)',
    ],
    [
      'no word about standard input',
      (info) => void Reflect.deleteProperty(info, 'config'),
      'the runtime does not report whether standard input is open',
    ],
  ])('differs by %s', (_, change, found) => {
    expect(otherPodStart(launchWith(change), image, layers)).toBe(found)
  })

  it('may have addresses of services, in both forms, and the image\u2019s own further groups', () => {
    const launch = launchWith((info) => {
      const port = 'tcp://[fd00::1]:53'
      env(
        'DNS_PORT_53_UDP=udp://10.0.0.2:53',
        `DNS_PORT=${port}`,
        'DNS_PORT_53_UDP_PROTO=udp',
        'A_B_SERVICE_PORT_WEB=1',
      )(info)
      user({ additionalGids: [1000, 1001] })(info)
    })
    expect(otherPodStart(launch, image, layers)).toBeUndefined()
  })

  it('has the user of an image without its group, as a kubelet requests it: that of the account, or 0', () => {
    const named = { ...image, user: '4711:4712' }
    const start = (gid: number) =>
      otherPodStart(launchWith(user({ uid: 4711, gid, additionalGids: [gid] })), named, layers)
    expect(start(4712)).toBeUndefined()
    expect(start(0)).toBeUndefined()
    expect(start(4713)).toBe('another group: 4713')
  })

  it('of a user that the image does not know cannot be compared', () => {
    expect(otherPodStart(launchWith(), { ...image, user: 'ghost' }, layers)).toContain('cannot be found')
  })
})

describe('a mount', () => {
  const other = (destination: string, source: string) =>
    podMounts(
      launchWith(({ runtimeSpec }) => {
        runtimeSpec.mounts = [{ destination, type: 'bind', source, options: ['rbind', 'ro'] }]
      }),
    )
  const { podUid, sandboxId, containerId } = launchWith()

  it.each([
    ['hosts of the machine', '/etc/hosts', '/etc/hosts'],
    ['hosts of another pod', '/etc/hosts', '/var/lib/kubelet/pods/other/etc-hosts'],
    ['hosts below another folder of the pod', '/etc/hosts', `/var/lib/kubelet/pods/${podUid}/volumes/x/etc-hosts`],
    ['another file of the pod as hosts', '/etc/hosts', `/x/pods/${podUid}/a/pods/${podUid}/etc-hosts`],
    ['the machine\u2019s shared memory', '/dev/shm', '/dev/shm'],
    ['another sandbox\u2019s shared memory', '/dev/shm', `/run/containerd/sandboxes/${'0'.repeat(64)}/shm`],
    [
      'a token that is a volume of the author\u2019s',
      '/var/run/secrets/kubernetes.io/serviceaccount',
      `/x/pods/${podUid}/volumes/kubernetes.io~configmap/kube-api-access-abcde`,
    ],
    [
      'a volume of another container',
      '/vol',
      `/var/lib/containerd/containers/${'0'.repeat(64)}/volumes/${'1'.repeat(64)}`,
    ],
  ])('of %s is a mount like any other', (_, target, source) => {
    expect(other(target, source)).toMatchObject([{ type: 'bind', source, target }])
  })

  it('of the pod\u2019s own files is the kubelet\u2019s; of the container\u2019s own volume, the image\u2019s', () => {
    expect(other('/etc/hosts', `/var/lib/kubelet/pods/${podUid}/etc-hosts`)).toEqual([])
    expect(other('/dev/shm', `/run/containerd/io.containerd.grpc.v1.cri/sandboxes/${sandboxId}/shm`)).toEqual([])
    const volume = `/x/containers/${containerId}/volumes/${'1'.repeat(64)}`
    expect(other('/vol', volume)).toMatchObject([{ type: 'volume', name: '1'.repeat(64), driver: 'local' }])
  })

  it('of a CSI volume is of a kind of its own, and a folder of it like any other', () => {
    const source = `/var/lib/kubelet/pods/${podUid}/volumes/kubernetes.io~csi/spiffe/mount`
    expect(other('/spiffe', source)).toMatchObject([{ type: 'csi', readOnly: true }])
    expect(other('/spiffe', `${source}/sub`)).toMatchObject([{ type: 'bind' }])
  })
})

describe('the id of an image', () => {
  const [a, b] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`]
  it('is what all records name, and nothing else', () => {
    expect(imageIdOf(a, a, '')).toBe(a)
    for (const reported of [[a, b], ['', ''], ['localhost/x:1'], [`localhost/x@${a}`], []]) {
      expect(imageIdOf(...reported)).toBeUndefined()
    }
  })
})
