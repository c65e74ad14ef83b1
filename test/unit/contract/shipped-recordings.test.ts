import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseRecording } from '../../../src/core/contract/recording.ts'
import { replay } from '../../../src/core/workflow/reducer.ts'
import { scenarioIds, scenarios } from '../../../src/core/workflow/scenarios.ts'

const folder = new URL('../../../assets/recordings/', import.meta.url)
const textOf = (id: string): string => readFileSync(new URL(`${id}.jsonl`, folder), 'utf8')

it('a recording of every scenario ships, and nothing else', () => {
  const files = new Set(readdirSync(folder).filter((name) => name.endsWith('.jsonl')))
  expect(files).toEqual(new Set(scenarioIds.map((id) => `${id}.jsonl`)))
})

describe.each(scenarioIds)('the shipped recording of %s', (id) => {
  const read = parseRecording(textOf(id))
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  const { events, logs, missing, scenario } = read.value

  it('is complete, and ends as its scenario has to', () => {
    expect([scenario, missing]).toEqual([id, null])
    const { outcome, gate } = scenarios[id].expected
    const state = replay(events)
    expect(state).toMatchObject({ outcome, ok: true })
    expect(state?.denial?.gate ?? null).toBe(gate)
    expect(state?.steps.every(({ status }) => ['passed', 'refused', 'skipped'].includes(status.state))).toBe(true)
  })

  it('contains the tools\u2019 output, including the session’s services', () => {
    const printed = new Set(logs.map(({ step }) => step))
    const own = scenarios[id].signs === null ? [] : ['sign', 'verify']
    expect([...printed]).toEqual(
      expect.arrayContaining(['sandbox', 'build', 'push', ...own, 'spire-server', 'spire-agent']),
    )
  })

  it('holds no secret', () => {
    const text = textOf(id)
    // Not with toMatch: a failure would print the whole recording.
    const secrets = [
      /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/,
      /PRIVATE KEY/,
      /passw(?:or)?d\w*["']?\s*[:=]\s*["']?\w/i,
      /\bBearer \S/,
    ]
    expect(secrets.filter((secret) => secret.test(text))).toEqual([])
    // The join token is part of the agent's own output; it was replaced where it was printed.
    for (const [, token] of text.matchAll(/join_token\/([^"\\\s]+)/g)) expect(token).toBe('[redacted]')
  })

  it('names no path of the machine that it was recorded on', () => {
    const roots = '/(?:home|root|tmp|var|usr|opt|run|srv|mnt|work|Users|data|build|etc)(?=/)[^\\s"\'\\\\,:;)\\]]*'
    const places = new Set(
      [...textOf(id).matchAll(new RegExp(`(?<![\\w.+/=-]|(?<!:/)/)${roots}`, 'g'))].map(([path]) => path),
    )
    const neutral =
      /^\/(?:home\/you|run\/user\/1000\/sigstore-attestor|opt\/sigstore-attestor|usr\/s?bin|data\/000\.p)(?:\/|$)/
    expect([...places].filter((path) => !neutral.test(path))).toEqual([])
    expect(places.size).toBeGreaterThan(5)
  })
})
