import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Runner } from './suite.ts'

/** Vitest, as the suite of the contract uses it. */
export const vitest: Runner = { describe, test: it, beforeEach, afterEach, expect }
