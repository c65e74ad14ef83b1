import * as z from 'zod'
import { list, record, text } from './shapes.ts'

// Apart from app-error.ts, which is in programs too small for zod (the preload script, the login opener).

/** The part of the program that reports an error; the first half of every code. */
type ErrorArea =
  | 'config'
  | 'machine'
  | 'tools'
  | 'engine'
  | 'sandbox'
  | 'registry'
  | 'cosign'
  | 'login'
  | 'sigstore'
  | 'spire'
  | 'workload'
  | 'attestor'
  | 'run'
  | 'recording'

const code = z.custom<`${ErrorArea}.${string}`>(
  (value) => typeof value === 'string' && /^[a-z]{1,40}\.[a-z0-9-]{1,80}$/.test(value),
  { error: 'the code of an error' },
)

const evidence = record({
  command: list(text).exactOptional(),
  ending: z.enum(['non-zero exit', 'crash', 'timed out', 'cancelled', 'not started']).exactOptional(),
  exitCode: z.int().exactOptional(),
  signal: text.exactOptional(),
  lastLines: list(text).exactOptional(),
  logFile: text.exactOptional(),
})

/** An expected failure as it stands in an event. */
export const appErrorSchema = record({
  code,
  /** What happened, one sentence. */
  what: text,
  expected: text.exactOptional(),
  found: text.exactOptional(),
  /** What the reader can do about it, one sentence, with the command if there is one. */
  remedy: text,
  evidence: evidence.exactOptional(),
})
