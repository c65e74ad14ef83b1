import { type GateId, gateIds, gateTable } from '../../src/core/domain/gate.ts'
import { type Profile, sandboxProfile } from '../../src/core/workflow/profile.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { type ScenarioId, scenarios } from '../../src/core/workflow/scenarios.ts'
import { type StepId, stepIds, steps } from '../../src/core/workflow/steps.ts'
import { acts } from '../acts/table.ts'
import type { ActId } from '../state/acts.ts'
import { denialWhy } from '../state/denial.ts'
import type { Headline } from '../state/words.ts'
import { type Cell, gateCell, sharedCell, stepCell } from './cells.ts'

/** One act of two runs, side by side. */
export interface Pair {
  readonly id: string
  readonly title: string
  /** Where it can be opened in either run. */
  readonly act: ActId
  /** Null if this story has no such act. */
  readonly left: Cell | null
  readonly right: Cell | null
  /**
   * `same`: no difference, so it is shown once. `fresh`: the same act with a value that is new in every run. `differs`:
   * the one thing that was changed. `parts`: the thread goes on in one run and is cut in the other.
   */
  readonly kind: 'same' | 'fresh' | 'differs' | 'parts'
}

const ground: readonly StepId[] = ['preflight', 'sandbox', 'connect']
const spire: readonly StepId[] = ['spire-server', 'given-server', 'spire-agent', 'given-agent']

/**
 * Two runs act by act: the acts of both in order, then the gates of the attestation. Before there is a run, the acts
 * are those that a run with `profile` will have. Pure.
 */
export function pairsOf(left: RunState | null, right: RunState | null, profile = sandboxProfile): readonly Pair[] {
  return [...stepPairs(left, right, profile), ...gatePairs(left, right)]
}

/** The gate at which two runs part, or null while they have not. */
export const partingOf = (pairs: readonly Pair[]): Pair | null => pairs.find(({ kind }) => kind === 'parts') ?? null

/** What the two together have just shown. */
export function besideHeadline(
  attack: ScenarioId,
  good: RunState | null,
  bad: RunState | null,
  parting: Pair | null,
): Headline {
  const { title, changed } = scenarios[attack]
  if (good === null && bad === null) return { headline: 'The same story twice, with one thing changed', why: changed }
  if (parting !== null && bad !== null && bad.denial !== null)
    return { headline: `They part at the gate “${bad.denial.gate}”`, why: denialWhy(bad) }
  if ([good, bad].some((run) => run !== null && run.finishedAt === null))
    return { headline: 'Both stories, act by act', why: changed }
  if (good === null || bad === null) {
    const missing = good === null ? scenarios.signed.title : title
    return { headline: `“${missing}” has not been run yet`, why: changed }
  }
  if (good.redone || bad.redone)
    return {
      headline: 'They part no more',
      why: 'Steps were done after the end of a story. Run both again to see where they part.',
    }
  return { headline: 'They do not part where they should', why: 'At least one of them did not end as it must.' }
}

function stepPairs(left: RunState | null, right: RunState | null, profile: Profile): readonly Pair[] {
  const has = (id: StepId): boolean => [left, right].some((run) => run?.steps.some((step) => step.id === id) === true)
  const shown =
    left === null && right === null
      ? stepIds.filter((id) => steps[id].optional !== true && steps[id].only?.(profile) !== false)
      : stepIds.filter(has)
  return shown.flatMap((id): readonly Pair[] => {
    if (id === 'attest') return []
    if (ground.includes(id) || spire.includes(id)) {
      const group = ground.includes(id) ? ground : spire
      if (id !== shown.find((each) => group.includes(each))) return []
      const title = group === ground ? 'Machine, Sigstore' : 'SPIRE'
      return [pair(id, title, id, sharedCell(left, group), sharedCell(right, group))]
    }
    return [pair(id, acts[id].title, id, stepCell(left, id), stepCell(right, id))]
  })
}

const fell = (cell: Cell | null): boolean => cell?.thread === 'cut' || cell?.thread === 'waits'

function gatePairs(left: RunState | null, right: RunState | null): readonly Pair[] {
  if ([left, right].every((run) => run === null || artifactOf(run, 'attestation') === undefined))
    return [pair('attest', acts.attest.title, 'attest', stepCell(left, 'attest'), stepCell(right, 'attest'))]
  const gates = gateIds.map((id) => gatePair(id, left, right))
  const at = gates.findIndex(({ left: one, right: other }) => fell(one) || fell(other))
  if (at < 0) return [merged(gates)]
  const [cut] = gates.slice(at, at + 1)
  const whole = cut?.left?.thread === 'whole' || cut?.right?.thread === 'whole'
  const parts = cut === undefined ? [] : [whole ? { ...cut, kind: 'parts' as const } : cut]
  return [gates.slice(0, at), parts, gates.slice(at + 1)].flatMap((group) =>
    group === parts ? parts : group.length === 0 ? [] : [merged(group)],
  )
}

function gatePair(id: GateId, left: RunState | null, right: RunState | null): Pair {
  return pair(`gate-${id}`, gateTable[id].name, 'attest', gateCell(left, id), gateCell(right, id))
}

/** Several gates without a difference, as one row. */
function merged(group: readonly Pair[]): Pair {
  const [first] = group
  if (first === undefined) throw new Error('A row of no gates.')
  const quiet = (cell: Cell | null): Cell | null => (cell === null ? null : { ...cell, says: null })
  const names = group.map((each, at) => (at === 0 ? each.title : each.title.toLowerCase()))
  const title = names.length < 3 ? names.join(', ') : `${names[0]} … ${names.at(-1)}`
  return pair(first.id, title, first.act, quiet(first.left), quiet(first.right))
}

// oxlint-disable-next-line max-params -- a row of a table
function pair(id: string, title: string, act: ActId, left: Cell | null, right: Cell | null): Pair {
  return { id, title, act, left, right, kind: kindOf(id, left, right) }
}

function kindOf(id: string, left: Cell | null, right: Cell | null): Pair['kind'] {
  if (left === null || right === null) return 'differs'
  // One of them is behind: that is a matter of time, not a difference.
  if (![left, right].every(({ thread }) => thread === 'whole' || thread === 'cut' || thread === 'absent')) return 'same'
  if (left.word !== right.word) return 'differs'
  if (left.says === right.says) return 'same'
  // Every build has fresh content, so its digest always differs and proves nothing.
  return id === 'push' ? 'fresh' : 'differs'
}
