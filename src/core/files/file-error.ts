/** Why a file or folder could not be written, in words that say what to change. */
export function describeFileError(error: unknown, path: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `no space is left for ${path}`
    case 'EROFS':
      return `${path} lies on a read-only file system`
    case 'EACCES':
    case 'EPERM':
      return `you may not write ${path}`
    case 'ENOTDIR':
      return `a part of ${path} is a file, not a folder`
    default:
      return `${path}: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Whether the error comes from the file system. A failed write names no path. */
export const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && ('path' in error || error.syscall === 'write')
