import { isAbsolute, join } from 'node:path'
import { z } from 'zod'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { readRegularText } from '../../files/read-regular.ts'
import { type ToolId, toolIds } from '../tool.ts'

/** A path that the user set, and where: the variable's or the file's name. */
export interface UserPath {
  readonly path: string
  readonly from: string
}
export type UserPaths = Readonly<Partial<Record<ToolId, UserPath>>>

const schema = z.looseObject({ tools: z.partialRecord(z.enum(toolIds), z.string()).optional() })

/** The environment variable that sets the path of a tool, such as `SIGSTORE_ATTESTOR_TOOL_SPIRE_AGENT`. */
export const toolVariable = (id: ToolId): string => `SIGSTORE_ATTESTOR_TOOL_${id.toUpperCase().replaceAll('-', '_')}`

/**
 * The paths that the user set: the environment first, then `tools` in `config.json` of the config folder. No such file
 * is fine; one that is not JSON, or names a tool that does not exist, is an error.
 */
export function userPaths(configFolder: string, env: Readonly<NodeJS.ProcessEnv>): Result<UserPaths> {
  const file = join(configFolder, 'config.json')
  const read = readRegularText(file, { maxBytes: 1024 * 1024, protected: true, privateGroup: true })
  if (!read.ok && read.error.code !== 'machine.file-missing') {
    return err(unusable(file, read.error.found ?? 'it cannot be read'))
  }
  const text = read.ok ? read.value : '{}'
  let configured: z.infer<typeof schema>['tools']
  try {
    configured = schema.parse(JSON.parse(text)).tools
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined
    return err(unusable(file, issue ? `${issue.path.join('.') || 'top'}: ${issue.message}` : 'it is not JSON'))
  }
  const paths: Partial<Record<ToolId, UserPath>> = {}
  for (const id of toolIds) {
    const fromEnv = env[toolVariable(id)]
    const fromFile = configured?.[id]
    if (fromEnv !== undefined && fromEnv !== '') paths[id] = { path: fromEnv, from: toolVariable(id) }
    else if (fromFile !== undefined) paths[id] = { path: fromFile, from: file }
    const relative = paths[id]
    if (relative !== undefined && !isAbsolute(relative.path)) {
      return err(unusable(relative.from, `the path of ${id} is not absolute: ${relative.path}`))
    }
  }
  return ok(paths)
}

const unusable = (where: string, found: string) =>
  appError(
    'config.tools-unusable',
    'The paths of the external programs cannot be read from your configuration.',
    `Correct or remove ${where}.`,
    { expected: '{"tools": {"cosign": "/absolute/path", …}}', found },
  )
