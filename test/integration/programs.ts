import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { folders } from '../../src/core/machine/folders.ts'
import { lookUpAll, whereabouts } from '../../src/core/tools/cache/look-up.ts'
import { findDockerd } from '../../src/core/tools/setup/engine-program.ts'
import type { ToolId } from '../../src/core/tools/tool.ts'

const assets = fileURLToPath(new URL('../../assets', import.meta.url))
const found = await Promise.all(
  (['story', 'kubernetes'] as const).map(async (set) => {
    const prepared = await whereabouts({ folders: folders(), assets, set })
    return prepared.ok ? lookUpAll(prepared.value.programs, prepared.value.where) : []
  }),
)
const paths = new Map(found.flat().flatMap(({ tools }) => tools.map((tool) => [tool.id, tool.found?.path] as const)))
const dockerd = await findDockerd(process.env['PATH'])

/**
 * The path of a program that a test needs for real: absolute, or undefined with a line on stderr that its tests are
 * skipped. SIGSTORE_ATTESTOR_TOOL_<ID> wins, as everywhere.
 */
export function program(id: ToolId | 'dockerd'): string | undefined {
  const path = id === 'dockerd' ? dockerd : paths.get(id)
  if (path !== undefined && existsSync(path)) return path
  process.stderr.write(`Tests are skipped: ${id} is not here. \`npm run setup\` fetches it.\n`)
  return undefined
}
