import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { appError } from '../../domain/app-error.ts'
import { parseJson } from '../../domain/json.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { readRegularText } from '../../files/read-regular.ts'

/** The user's choice of an engine. */
export interface ChosenEngine {
  /** As given, such as `unix:///run/docker.sock` or `tcp://host:2375`. */
  readonly host: string
  /** The source of the choice, for messages: `DOCKER_HOST`, or the context with its name. */
  readonly by: string
  /** How to undo the choice. */
  readonly undo: string
}

const settings = z.looseObject({ currentContext: z.string().nullish() })
const context = z.looseObject({ Endpoints: z.looseObject({ docker: z.looseObject({ Host: z.string().nullish() }) }) })
const maxBytes = 1024 * 1024

/**
 * Which engine the user chose, in the order of docker's command line: DOCKER_HOST, DOCKER_CONTEXT, the context that
 * `docker context use` selected. Undefined without one, or for the context `default`. An error when the choice cannot
 * be read: another engine is not what the user asked for.
 */
export function chosenEngine(env: Readonly<NodeJS.ProcessEnv>): Result<ChosenEngine | undefined> {
  const host = env['DOCKER_HOST']
  if (host !== undefined && host !== '') return ok({ host, by: 'DOCKER_HOST', undo: 'unset DOCKER_HOST' })
  const folder = env['DOCKER_CONFIG'] || join(homeOf(env), '.docker')
  const named = env['DOCKER_CONTEXT'] || undefined
  const selected = named === undefined ? currentContext(join(folder, 'config.json')) : ok(named)
  if (!selected.ok) return selected
  const name = selected.value
  if (name === undefined || name === 'default') return ok(undefined)
  const undo = named === undefined ? 'docker context use default' : 'unset DOCKER_CONTEXT'
  const file = join(folder, 'contexts', 'meta', createHash('sha256').update(name).digest('hex'), 'meta.json')
  const found = contextHost(file)
  if (found === undefined) {
    return err(
      appError('engine.context', `The docker context "${name}" cannot be read.`, `Create it again, or: ${undo}`, {
        expected: `the address of an engine in ${file}`,
        found: 'none',
      }),
    )
  }
  return ok({ host: found, by: `the docker context "${name}"`, undo })
}

/** Whether the user chose an engine: then no other is used in its place. */
export function isChosen(env: Readonly<NodeJS.ProcessEnv>): boolean {
  const chosen = chosenEngine(env)
  return !chosen.ok || chosen.value !== undefined
}

/** A user without an entry in passwd has no home but HOME. */
function homeOf(env: Readonly<NodeJS.ProcessEnv>): string {
  try {
    return env['HOME'] || homedir()
  } catch {
    return '/'
  }
}

/** The selected context; undefined if docker has no configuration, or selects none. */
function currentContext(file: string): Result<string | undefined> {
  const text = readRegularText(file, { maxBytes })
  if (!text.ok) return text.error.code === 'machine.file-missing' ? ok(undefined) : text
  // As docker: an empty file is no configuration. One that it cannot parse selects nothing either.
  const parsed = settings.safeParse(parseJson(text.value))
  return ok((parsed.success && parsed.data.currentContext) || undefined)
}

function contextHost(file: string): string | undefined {
  const text = readRegularText(file, { maxBytes })
  const parsed = text.ok ? context.safeParse(parseJson(text.value)) : undefined
  return (parsed?.success && parsed.data.Endpoints.docker.Host) || undefined
}
