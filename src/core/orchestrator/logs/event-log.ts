import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AppError } from '../../domain/app-error.ts'
import type { Redactor } from '../../process/redactor.ts'
import type { EventBody, RunEvent } from '../../workflow/events.ts'
import { type RunState, reduce } from '../../workflow/reducer.ts'
import { logUnwritable } from '../run/run-errors.ts'
import { redacted } from './redact-event.ts'

export type EventListener = (event: RunEvent, state: RunState) => void

/**
 * The record of one run: an append-only log, in memory and as JSON lines on disk. Every event is redacted before it is
 * stored anywhere. A line is written completely before it is announced, so a reader never sees an event that a crash
 * could lose. When a line cannot be written (a full disk), the file ends with the last complete line, later events are
 * kept in memory alone, and `broken` says why.
 */
export class EventLog {
  readonly path: string
  readonly #runId: string
  readonly #redactor: Redactor
  readonly #file: number
  readonly #events: RunEvent[] = []
  readonly #listeners = new Set<EventListener>()
  #state: RunState | null = null
  readonly #unwritable = new AbortController()

  /** A new log; or, with `earlier`, the continuation of the one that these events were read from. */
  constructor(runId: string, path: string, redactor: Redactor, earlier?: readonly RunEvent[]) {
    this.path = path
    this.#runId = runId
    this.#redactor = redactor
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    this.#file = openSync(path, earlier === undefined ? 'ax' : 'a', 0o600)
    for (const event of earlier ?? []) {
      this.#state = reduce(this.#state, event)
      this.#events.push(event)
    }
    // Its file may have been removed since it was read: without its beginning, nothing that follows can be read.
    if (this.#events.length > 0 && fstatSync(this.#file).size === 0)
      this.#write(this.#events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  }

  /** Numbers, stores and announces one event, and returns the state after it. */
  append(body: EventBody): RunState {
    const numbered: RunEvent = {
      ...body,
      seq: this.#events.length + 1,
      at: new Date().toISOString(),
      runId: this.#runId,
    }
    if (body.type === 'step.produced' && body.artifact.kind === 'sigstore') {
      this.#redactor.keep(body.artifact.registry)
      this.#redactor.keep(body.artifact.repository)
    }
    const line = JSON.stringify(redacted(numbered, this.#redactor))
    const event = parseLine(line)
    if (this.broken === null) this.#write(`${line}\n`)
    this.#state = reduce(this.#state, event)
    this.#events.push(event)
    for (const listener of this.#listeners) listener(event, this.#state)
    return this.#state
  }

  /** Why events are no longer written to the file; null while they are. */
  get broken(): AppError | null {
    return this.#unwritable.signal.aborted ? logUnwritable(this.path, this.#unwritable.signal.reason) : null
  }

  /** Aborted when events are no longer written. */
  get unwritable(): AbortSignal {
    return this.#unwritable.signal
  }

  #write(line: string): void {
    const bytes = Buffer.from(line)
    let before: number | undefined
    try {
      before = fstatSync(this.#file).size
      // The kernel may accept only a part of it, as when a disk is nearly full.
      for (let done = 0; done < bytes.length; ) {
        const written = writeSync(this.#file, bytes, done)
        if (written === 0) throw new Error('nothing more could be written')
        done += written
      }
    } catch (error) {
      this.#cutTo(before)
      this.#unwritable.abort(error)
    }
  }

  /** Truncates a partial line; if that fails too, a reader skips the last line. */
  #cutTo(size: number | undefined): void {
    try {
      if (size !== undefined) ftruncateSync(this.#file, size)
    } catch {
      // Nothing more can be done about it.
    }
  }

  /** Every event so far. */
  get events(): readonly RunEvent[] {
    return this.#events
  }

  /** The state after the last event. Throws before the first one. */
  get state(): RunState {
    if (this.#state === null) throw new Error('The run has not been planned yet.')
    return this.#state
  }

  /** Reports every event from now on; returns how to stop. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Closes the file. Nothing can be appended afterwards. */
  close(): void {
    closeSync(this.#file)
    this.#listeners.clear()
  }
}

/** The events of a log's text. Throws, naming the line, when one is not an event of a run. */
export function parseEventLog(text: string): RunEvent[] {
  const events: RunEvent[] = []
  for (const [at, line] of text.split('\n').entries()) {
    if (line === '') continue
    try {
      events.push(parseLine(line))
    } catch (error) {
      throw new Error(`line ${at + 1}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
  return events
}

function parseLine(line: string): RunEvent {
  const value: unknown = JSON.parse(line)
  if (!isEvent(value)) throw new Error('Not an event.')
  return value
}

// This program wrote the log; the shape distinguishes a log from another file.
const isEvent = (value: unknown): value is RunEvent =>
  typeof value === 'object' &&
  value !== null &&
  'seq' in value &&
  typeof value.seq === 'number' &&
  'type' in value &&
  typeof value.type === 'string' &&
  'runId' in value
