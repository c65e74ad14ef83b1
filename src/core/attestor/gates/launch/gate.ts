import type { GateSays } from '../gate-log.ts'
import { byEngineWords } from './by-engine.ts'
import { objectionToEngine } from './docker.ts'
import type { LaunchOptions, LaunchQuestion } from './objection.ts'

const expected =
  'what runs is what was signed: the image\u2019s program, arguments, environment and files, and nothing else'

/**
 * Gate 6: is what runs what was signed? An allow-list over everything that the engine and the kernel show of the
 * container: its settings, its start, its mounts, its own files, and the calling process. Whatever is not on the list
 * is named.
 */
export async function launchGate(question: LaunchQuestion, options: LaunchOptions): Promise<GateSays> {
  const { image } = question
  const { docker } = options
  const { launch } = question.container
  if (launch === undefined || image === undefined || docker === undefined) {
    const found = 'the engine describes container or image in another form'
    return {
      verdict: 'could-not-check',
      expected,
      found,
      remedy: 'Use an engine with Docker\u2019s API 1.41 or newer.',
    }
  }
  const objection = await objectionToEngine(question, launch, image, { ...options, docker })
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
  const program = [...image.entrypoint, ...image.command].join(' ').slice(0, 300)
  const how = objection.byEngine === true ? byEngineWords : ''
  return { verdict: 'passed', expected, found: `${program}, as built${how}` }
}
