import { lstatSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { type AppError, appError } from '../../domain/app-error.ts'
import { parseJson } from '../../domain/json.ts'
import { ok, type Result } from '../../domain/result.ts'
import { readConfigurationFile } from '../config/load.ts'
import { parseAttestorConfig } from '../config/parse.ts'
import { type OwnFolder, openOwnFolder } from '../plugin/health/own-folder.ts'
import { type HealthReport, healthReport, healthSocket } from '../plugin/health/report.ts'
import { plain } from './text.ts'

/**
 * The plugin's health: `healthy`; `limited` when it runs but could not attest now, and a restart would not help; `dead`
 * when no plugin answers; `unknown` when that could not be determined.
 */
export type Health =
  | { readonly kind: 'healthy' | 'limited'; readonly report: HealthReport }
  | { readonly kind: 'dead' | 'unknown'; readonly error: AppError }

/** Well below the time limit of a probe. */
const answerWithinMs = 3_000
const againAfterMs = 250
const maxAnswer = 16 * 1024

/** Queries the health of the plugin that a configuration file is for; retries for this long while none answers. */
export async function health(configFile: string, waitSeconds: number): Promise<Health> {
  const until = performance.now() + waitSeconds * 1000
  for (;;) {
    const found = await look(configFile)
    if (found.kind !== 'dead' || performance.now() >= until) return found
    await delay(againAfterMs)
  }
}

async function look(configFile: string): Promise<Health> {
  const records = recordsFolder(configFile)
  if (!records.ok) return { kind: 'unknown', error: records.error }
  const folder = openOwnFolder(records.value)
  if (!folder.ok) return { kind: folder.error.code === 'config.not-there' ? 'dead' : 'unknown', error: folder.error }
  try {
    return await ask(folder.value, records.value)
  } finally {
    folder.value.close()
  }
}

function recordsFolder(configFile: string): Result<string> {
  const text = readConfigurationFile(configFile)
  if (!text.ok) return text
  const config = parseAttestorConfig(text.value)
  return config.ok ? ok(config.value.records) : config
}

async function ask({ path }: OwnFolder, records: string): Promise<Health> {
  const place = path(healthSocket)
  const there = lstatSync(place, { throwIfNoEntry: false })
  if (there === undefined) return { kind: 'dead', error: noPlugin(records, 'no socket') }
  if (!there.isSocket() || there.uid !== process.geteuid?.()) {
    const found = there.isSocket() ? `a socket of user ${there.uid}` : 'another kind of file'
    return { kind: 'unknown', error: strange(`${records}/${healthSocket}`, found) }
  }
  const said = await answerAt(place)
  if (!said.ok) return { kind: 'dead', error: noPlugin(records, said.error) }
  const report = healthReport.safeParse(parseJson(said.value))
  if (!report.success) return { kind: 'dead', error: noPlugin(records, 'an answer that is none') }
  const { engine, trustedRoot } = report.data
  return { kind: engine.ok && trustedRoot.ok ? 'healthy' : 'limited', report: report.data }
}

/** All that is received on a socket, or why nothing is. */
function answerAt(path: string): Promise<{ ok: true; value: string } | { ok: false; error: string }> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(path)
    const end = (error: string): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ ok: false, error })
    }
    const timer = setTimeout(() => end(`no answer within ${answerWithinMs / 1000} s`), answerWithinMs)
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.length > maxAnswer) end('an answer that does not end')
    })
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
    socket.on('end', () => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ ok: true, value: text })
    })
  })
}

const noPlugin = (records: string, found: string) =>
  appError(
    'attestor.no-plugin',
    'No plugin answers.',
    'Restart the SPIRE agent: it does not start a plugin again that has ended.',
    { expected: `a plugin that answers at ${records}/${healthSocket}`, found },
  )

const strange = (file: string, found: string) =>
  appError('config.not-ours', `${file} is not the plugin\u2019s.`, 'Find out who put it there, and remove it.', {
    expected: `a socket of user ${process.geteuid?.()}`,
    found,
  })

/** The result, in lines. */
export const healthText = ({ pid, engine, trustedRoot }: HealthReport): string =>
  [
    `plugin        answers, pid ${pid}`,
    `engine        ${engine.ok ? 'reachable' : `NOT reachable: ${plain(engine.found)}`}`,
    `trusted root  ${trustedRoot.ok ? 'usable' : `NOT usable: ${plain(trustedRoot.found)}`}`,
    '',
  ].join('\n')
