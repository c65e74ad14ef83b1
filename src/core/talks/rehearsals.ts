import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { parseRecording, recordingBounds } from '../contract/recording.ts'
import { type AppError, appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { checkOwnFolder } from '../files/own-folder.ts'
import { readRegularText } from '../files/read-regular.ts'
import type { ScenarioId } from '../workflow/scenarios.ts'

/** Which recording: of a talk's rehearsal, one for each scenario; a newer one takes its place. */
export interface Rehearsed {
  readonly talk: string
  readonly scenario: ScenarioId
}

const rules = { what: 'rehearsals folder', elsewhere: 'remove it: a rehearsal makes it again', secret: true } as const
const fileOf = (folder: string, { talk, scenario }: Rehearsed): string => join(folder, talk, `${scenario}.jsonl`)

/** Keeps a recording, readable by its user alone. A folder that others may write is refused. */
export async function keepRehearsal(folder: string, of: Rehearsed, recording: string): Promise<Result<void>> {
  const file = fileOf(folder, of)
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    for (const each of [folder, dirname(file)]) {
      const checked = checkOwnFolder(each, { ...rules, make: true })
      if (!checked.ok) return checked
    }
    await writeFileAtomic(file, recording, { mode: 0o600 })
    return ok(undefined)
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error)
    return err(
      appError('recording.rehearsal', 'The rehearsal was not kept.', 'Make room for it, and rehearse again.', {
        expected: `a file at ${file}`,
        found,
      }),
    )
  }
}

const otherScenario = ({ scenario }: Rehearsed, found: ScenarioId): AppError =>
  appError('recording.rehearsal', 'This rehearsal is not used.', 'Rehearse the talk again.', {
    expected: `a recording of ${scenario}`,
    found: `one of ${found}`,
  })

/** A kept recording, if it is complete and no other user could have written it. */
export function readRehearsal(folder: string, of: Rehearsed): Result<string> {
  const text = readRegularText(fileOf(folder, of), {
    maxBytes: recordingBounds.characters,
    noFollow: true,
    protected: true,
    secret: true,
  })
  if (!text.ok) return text
  const recording = parseRecording(text.value)
  if (!recording.ok) return recording
  if (recording.value.missing !== null) return err(recording.value.missing)
  return recording.value.scenario === of.scenario ? text : err(otherScenario(of, recording.value.scenario))
}
