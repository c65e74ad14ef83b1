import type { GateSays } from '../gate-log.ts'
import { byEngineWords } from './by-engine.ts'
import { objectionToEngine } from './docker.ts'
import type { LaunchOptions, LaunchQuestion, Objection } from './objection.ts'
import { objectionToPod } from './pod/gate.ts'

const expected =
  'what runs is what was signed: the image\u2019s program, arguments, environment and files, and nothing else'

/**
 * Gate 6: is what runs what was signed? An allow-list over everything that the engine and the kernel show of the
 * container: its settings, its start, its mounts, its own files, and the calling process. Whatever is not on the list
 * is named.
 */
export async function launchGate(question: LaunchQuestion, options: LaunchOptions): Promise<GateSays> {
  const objection = await objectionTo(question, options)
  if ('unknown' in objection) {
    return { verdict: 'could-not-check', expected, found: objection.unknown, remedy: objection.remedy }
  }
  if (objection.found !== undefined) {
    return {
      verdict: 'failed',
      expected,
      found: objection.found,
      remedy:
        'Start the image as it is, with the agent\u2019s socket as the only mount, or build and sign what shall run.',
    }
  }
  const { entrypoint = [], command = [] } = question.image ?? {}
  const program = [...entrypoint, ...command].join(' ').slice(0, 300)
  const how = objection.byEngine === true ? byEngineWords : ''
  return { verdict: 'passed', expected, found: `${program}, as built${how}` }
}

async function objectionTo({ pid, container, image }: LaunchQuestion, options: LaunchOptions): Promise<Objection> {
  const { docker } = options
  if (container.engine === 'cri') {
    const { launch } = container
    if (launch === undefined || image === undefined) return otherForm('Use containerd 1.6 or newer, or CRI-O.')
    return objectionToPod({ pid, container, launch, image }, options)
  }
  const { launch } = container
  if (launch === undefined || image === undefined || docker === undefined) {
    return otherForm('Use an engine with Docker\u2019s API 1.41 or newer.')
  }
  return objectionToEngine({ pid, container, image }, launch, image, { ...options, docker })
}

const otherForm = (remedy: string): Objection => ({
  unknown: 'the engine describes container or image in another form',
  remedy,
})
