import { resolve } from 'node:path'

/** A path relative to the caller: npm runs us in the clone, and gives the caller's folder in INIT_CWD. */
export const fromCaller = (path: string): string => resolve(process.env['INIT_CWD'] ?? process.cwd(), path)
