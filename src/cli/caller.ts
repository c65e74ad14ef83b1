import { resolve } from 'node:path'

/** A path as the caller means it: npm runs us in the clone, and says in INIT_CWD where it was called. */
export const fromCaller = (path: string): string => resolve(process.env['INIT_CWD'] ?? process.cwd(), path)
