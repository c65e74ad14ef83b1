import { expect, it } from 'vitest'
import { scenarioTable } from '../../../src/cli/story/table.ts'
import { planFor } from '../../../src/core/workflow/plan.ts'
import { sandboxProfile } from '../../../src/core/workflow/profile.ts'
import { type RunState, replay } from '../../../src/core/workflow/reducer.ts'
import { type RunOutcome, type ScenarioId, scenarios } from '../../../src/core/workflow/scenarios.ts'

function run(scenario: ScenarioId, outcome: RunOutcome, ok: boolean): RunState {
  const denial = outcome === 'denied' ? ({ gate: 'signature', expected: 'e', found: 'f', remedy: 'r' } as const) : null
  const state = replay([
    {
      type: 'run.planned',
      scenario,
      profile: sandboxProfile,
      steps: planFor(scenarios[scenario], sandboxProfile),
      seq: 1,
      at: '2026-01-01T00:00:00Z',
      runId: 'r',
    },
    { type: 'run.finished', outcome, ok, denial, error: null, seq: 2, at: '2026-01-01T00:00:07Z', runId: 'r' },
  ])
  return state!
}

it('the table says for each scenario what was expected, what happened and whether that is correct', () => {
  const lines = scenarioTable(
    [
      run('signed', 'svid', true),
      run('unsigned', 'denied', true),
      run('tampered', 'svid', false),
      run('wrong-signer', 'cancelled', false),
    ],
    (_ink, text) => text,
  )
  expect(lines.slice(2)).toEqual([
    '  ● Signed         svid                  svid                  7.0 s   as expected',
    '  ● Unsigned       denied at signature   denied at signature   7.0 s   as expected',
    '  ╳ Tampered       denied at signature   svid                  7.0 s   NOT as expected',
    '  ○ Wrong signer   denied at entry       cancelled             7.0 s   cancelled',
  ])
})
