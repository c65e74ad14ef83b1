import writeFileAtomic from 'write-file-atomic'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'

/** Asks the person where to save; null when the person cancels. */
export type ChooseFile = (suggestedName: string) => Promise<string | null>

/** Saves text where the person chooses, atomically. Returns the path, null when the person cancelled. */
export async function saveFile(
  choose: ChooseFile | undefined,
  suggestedName: string,
  text: () => string,
): Promise<Result<{ path: string | null }>> {
  if (choose === undefined) return err(noWindow)
  const path = await choose(suggestedName)
  if (path === null) return ok({ path })
  try {
    await writeFileAtomic(path, text())
    return ok({ path })
  } catch (error) {
    return err(
      appError(
        'machine.not-saved',
        'The file was not saved.',
        'Choose a folder that you can write to, with room in it.',
        {
          expected: `a file at ${path}`,
          found: error instanceof Error ? error.message : String(error),
        },
      ),
    )
  }
}

const noWindow = appError(
  'run.no-window',
  'Saving is only available in the desktop window.',
  'Save in the window of this program: npm start',
)
