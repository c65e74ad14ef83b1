import * as z from 'zod'
import { type AppError, appError } from '../domain/app-error.ts'
import { err, type Result } from '../domain/result.ts'
import type { Change, Snapshot } from './changes.ts'
import { type Changes, type CheckedInput, type OutputOf, schemas } from './contract.ts'
import { type RequestName, requestNames } from './names.ts'
import type { Envelope } from './transport.ts'

type Awaitable<T> = T | Promise<T>
type Asked = Exclude<RequestName, 'getSnapshot'>

/** The handler of each request. Inputs have been checked; an expected failure is a Result. */
export type Handlers = {
  readonly [N in Asked]: (input: CheckedInput<N>) => Awaitable<Result<OutputOf<N>>>
}

/**
 * The whole state, without a number: the server adds the one of the last change, which must be true at that instant. So
 * it returns synchronously, and returns a copy.
 */
export type TakeSnapshot = () => Omit<Snapshot, 'number'>

/** The engine's side of the contract. A transport passes on what comes in, whoever sent it, and what goes out. */
export interface Server {
  /** Checks name and input, and responds. Never rejects: a bug in a handler is the result `run.internal`. */
  readonly request: (name: unknown, input: unknown) => Promise<Envelope>
  /** Calls back with each batch of changes from now on; returns how to end that. */
  readonly subscribe: (listener: (batch: Changes) => void) => () => void
  /** Numbers a change; it goes out with the next batch. The publisher has changed the state before. */
  readonly publish: (change: Change) => void
  /** Sends what has been published, at once. */
  readonly flush: () => void
}

export interface ServeOptions {
  /** Calls back a little later; what is published until then is sent together. */
  readonly later: (flush: () => void) => void
  /** Receives a bug in a handler, for the program's own log. */
  readonly onBug?: (thrown: unknown) => void
}

/** A batch is one message: a window that gets megabytes at once cannot be painted meanwhile. */
const largestBatch = 500

/** Serves a front end with these handlers. */
export function serve(handlers: Handlers, takeSnapshot: TakeSnapshot, options: ServeOptions): Server {
  const listeners = new Set<(batch: Changes) => void>()
  let number = 0
  let waiting: Change[] = []
  let asked = false

  // A window that is gone must not cost the others their batch.
  const deliver = (listener: (batch: Changes) => void, batch: Changes): void => {
    try {
      listener(batch)
    } catch (thrown) {
      options.onBug?.(thrown)
    }
  }
  const flush = (): void => {
    asked = false
    const changes = waiting
    waiting = []
    const first = number - changes.length + 1
    for (let at = 0; at < changes.length; at += largestBatch) {
      const batch = { first: first + at, changes: changes.slice(at, at + largestBatch) }
      for (const listener of listeners) deliver(listener, batch)
    }
  }
  return {
    flush,
    publish: (change) => {
      number += 1
      waiting.push(change)
      if (asked) return
      asked = true
      options.later(flush)
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    request: async (name, input) => {
      const known = requestNames.find((each) => each === name)
      if (known === undefined) return { ok: false, error: unknownRequest(name) }
      try {
        if (known !== 'getSnapshot') return await answer(handlers, known, input)
        const checked = schemas.getSnapshot.input.safeParse(input)
        if (!checked.success) return { ok: false, error: malformed(known, checked.error) }
        return { ok: true, value: { number, ...takeSnapshot() } }
      } catch (thrown) {
        options.onBug?.(thrown)
        return { ok: false, error: internal(known, thrown) }
      }
    },
  }
}

async function answer<N extends Asked>(handlers: Handlers, name: N, input: unknown): Promise<Result<OutputOf<N>>> {
  const checked = schemas[name].input.safeParse(input)
  if (!checked.success) return err(malformed(name, checked.error))
  return handlers[name](checked.data)
}

const unknownRequest = (name: unknown): AppError =>
  appError('run.unknown-request', 'The engine has no such request.', `Ask one of: ${requestNames.join(', ')}.`, {
    expected: 'a request of the contract',
    found: typeof name === 'string' ? JSON.stringify(name.slice(0, 100)) : typeof name,
  })

const malformed = (name: RequestName, problem: z.ZodError): AppError =>
  appError('run.malformed-request', `The engine cannot take this ${name}.`, 'Report it: it is a bug of this program.', {
    expected: `what the contract says about ${name}`,
    found: z.prettifyError(problem).slice(0, 500),
  })

const internal = (name: RequestName, thrown: unknown): AppError =>
  appError(
    'run.internal',
    `${name} ran into a bug of this program.`,
    'Report it, with the event log of the run if there is one.',
    { found: thrown instanceof Error ? thrown.message : String(thrown) },
  )
