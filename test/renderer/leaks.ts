import { readFileSync } from 'node:fs'
import { scenarioIds } from '../../src/core/workflow/scenarios.ts'

const machine = ['talk-box', '/home/engineer', '/home/you', '/tmp/demo', '/run/user', 'demo.test', 'sandbox.example']
const recorded = scenarioIds.map((id) => readFileSync(`test/renderer/recordings/${id}.jsonl`, 'utf8')).join('\n')
const addresses = new Set(recorded.match(/[a-z][a-z.]*@(?:[a-z-]+\.)+(?:example|test|com)/g))

/** What a camera must not see, as the recordings and the gallery have it. */
export const secret: readonly string[] = [...machine, ...addresses]

/** The secrets in these texts, also in base64 and hex. */
export function leaksIn(texts: readonly string[]): readonly string[] {
  const all = [...texts, ...texts.flatMap((each) => decoded(each))]
  return secret.filter((value) => all.some((each) => each.includes(value)))
}

/** Base64 and hex, each decoded as often as it can be. */
function decoded(text: string, depth = 0): readonly string[] {
  if (depth > 4) return []
  const joined = text.replaceAll(/-----BEGIN [A-Z ]+-----|-----END [A-Z ]+-----|\\n|\n/g, '')
  const tokens = [...(text.match(/[A-Za-z0-9+/_-]{24,}/g) ?? []), ...(joined.match(/[A-Za-z0-9+/_-]{65,}/g) ?? [])]
  const inner = tokens.flatMap((token) => [
    Buffer.from(token, 'base64').toString('latin1'),
    ...(/^[0-9a-f]+$/.test(token) ? [Buffer.from(token, 'hex').toString('latin1')] : []),
  ])
  return inner.flatMap((each) => [each, ...decoded(each, depth + 1)])
}
