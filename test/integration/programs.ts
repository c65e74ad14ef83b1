import { existsSync } from 'node:fs'
import type { ToolId } from '../../src/core/tools/tool.ts'

/** Where a program is for a test that needs the real one: SIGSTORE_ATTESTOR_TOOL_<ID>. */
export function program(id: ToolId | 'dockerd'): string | undefined {
  const given = process.env[`SIGSTORE_ATTESTOR_TOOL_${id.toUpperCase().replaceAll('-', '_')}`]
  return given !== undefined && existsSync(given) ? given : undefined
}
