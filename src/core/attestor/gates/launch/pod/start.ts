import { isIP } from 'node:net'
import type { StartFacts } from '../../../../containers/inspect/launch-facts.ts'
import type { PodLaunch } from '../../../runtimes/cri/pod-launch.ts'
import type { ImageLayers } from '../image-layers.ts'
import { accountLines, groupNumber, isNumber, userLine, userNumber } from '../image-user.ts'
import { isUsualPath, same, variableBeside } from '../program.ts'

/**
 * What in the start of a pod's container differs from its image, in words; undefined when nothing does. Values of
 * variables are not repeated: they can be secrets. Pure.
 */
export function otherPodStart(
  launch: PodLaunch,
  image: StartFacts,
  layers: Pick<ImageLayers, 'text'>,
): string | undefined {
  const program = [...image.entrypoint, ...image.command]
  if (!same(launch.program, program)) return `another program: ${launch.program.join(' ').slice(0, 200)}`
  const user = otherUser(launch, image, layers)
  if (user !== undefined) return user
  if ((launch.workingFolder || '/') !== (image.workingFolder || '/')) return `another folder: ${launch.workingFolder}`
  if (launch.takesInput === undefined) return 'the runtime does not report whether standard input is open'
  // What is typed into a program is as much its input as its arguments are.
  if (launch.takesInput) return 'standard input or a terminal is open (stdin, tty)'
  const variable = otherVariable(launch, image)
  return variable && `another environment: ${variable}`
}

function otherUser({ user }: PodLaunch, image: StartFacts, layers: Pick<ImageLayers, 'text'>): string | undefined {
  const line = userLine(image, layers)
  const [, named = ''] = image.user.split(':')
  const uid = userNumber(image, layers)
  const group = named === '' ? (line?.[3] ?? '0') : groupNumber(named, layers)
  if (uid === undefined || group === undefined || !isNumber(group)) {
    return `the image\u2019s user cannot be found in its accounts: ${image.user}`
  }
  if (user.uid !== uid) return `another user: ${user.uid}`
  // A kubelet requests the image's user by number and without its group, which is then that of the account, or 0
  // (kubernetes pkg/kubelet/kuberuntime/security_context.go).
  const usual = [group, line?.[3] ?? '0']
  if (!usual.includes(String(user.gid))) return `another group: ${user.gid}`
  // As the image's own list of groups has it; a pod can add others.
  const member = accountLines(layers.text('/etc/group')).filter(([, , , members = '']) =>
    members.split(',').includes(line?.[0] ?? ''),
  )
  const own = new Set([...usual, ...member.flatMap(([, , gid]) => gid ?? [])].map(Number))
  const other = user.groups.find((each) => !own.has(each))
  return other === undefined ? undefined : `another group: ${other}`
}

/** The name of a variable that neither the image nor Kubernetes sets to this value. */
function otherVariable({ environment, crio }: PodLaunch, image: StartFacts): string | undefined {
  const usual = (each: string): boolean => isUsualPath(each, image) || isOfPod(each) || (crio && each === 'TERM=xterm')
  return variableBeside(environment, image.environment, usual)
}

/** More than the name of a service (63 characters), of its port (15) and what stands between them. */
const maxName = 128
const hostName = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/
const service =
  /^[A-Z][A-Z0-9_]*?_(SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_PROTO|_PORT|_ADDR)?)?)$/

/**
 * What every container of a pod gets: the name of its host, and addresses of services
 * (kubernetes pkg/kubelet/envvars/envvars.go). Only the addresses themselves are accepted: they are input from the
 * network, and nothing else fits their form.
 */
function isOfPod(variable: string): boolean {
  const at = variable.indexOf('=')
  const [name, value] = [variable.slice(0, at), variable.slice(at + 1)]
  if (name === 'HOSTNAME') return hostName.test(value)
  // The author of a pod chooses the name, and each of many underscores in it is a place where the pattern may begin.
  if (name.length > maxName) return false
  const [, kind] = service.exec(name) ?? []
  if (kind === undefined) return false
  if (kind === 'SERVICE_HOST' || kind.endsWith('_ADDR')) return isIP(value) !== 0
  if (kind.endsWith('_PROTO')) return protocols.includes(value)
  if (kind.startsWith('SERVICE_PORT') || kind.endsWith('_PORT')) return isPort(value)
  const [, protocol = '', host = '', port = ''] = /^([a-z]+):\/\/(\[[0-9a-f:.]+\]|[0-9.]+):(\d+)$/.exec(value) ?? []
  return protocols.includes(protocol) && isIP(host.replace(/^\[|\]$/g, '')) !== 0 && isPort(port)
}

const protocols: readonly string[] = ['tcp', 'udp', 'sctp']
const isPort = (text: string): boolean => /^[1-9]\d{0,4}$/.test(text) && Number(text) < 65_536
