import type { RunState } from '../../core/workflow/reducer.ts'
import { scenarios } from '../../core/workflow/scenarios.ts'
import type { Paint } from './paint.ts'
import { knots, seconds } from './thread.ts'

/** The runs side by side: expected, actual, where the thread was cut, how long it took. */
export function scenarioTable(runs: readonly RunState[], paint: Paint): string[] {
  const rows = runs.map((run) => {
    const { title, expected } = scenarios[run.scenario]
    return {
      mark: run.ok === true ? 'as expected' : run.outcome === 'cancelled' ? 'cancelled' : 'NOT as expected',
      cells: [
        title,
        expected.gate === null ? expected.outcome : `${expected.outcome} at ${expected.gate}`,
        run.denial === null ? (run.outcome ?? 'unfinished') : `${run.outcome} at ${run.denial.gate}`,
        run.finishedAt === null ? '' : seconds(Date.parse(run.finishedAt) - Date.parse(run.startedAt)),
      ],
    }
  })
  const head = ['scenario', 'expected', 'happened', 'time']
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row.cells[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 3 ? cell.padStart(widths[3] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('   ')
  return [
    '',
    `    ${paint('quiet', line(head))}`,
    ...rows.map(({ mark, cells }) => {
      const knot =
        mark === 'as expected'
          ? paint('thread', knots.passed)
          : mark === 'cancelled'
            ? knots.open
            : paint('cut', knots.cut)
      return `  ${knot} ${line(cells)}   ${mark}`
    }),
  ]
}
