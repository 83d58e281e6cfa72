/** Describes failed system calls for messages. Node.js's own message is never shown: it repeats paths and arguments. */

/** The `code` of a Node.js error, such as `ENOENT`; undefined for anything else that was thrown. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The error code for a message: `unknown error` if there is none. */
export function shownErrorCode(error: unknown): string {
  return errorCode(error) ?? 'unknown error'
}

/** Why a path cannot be read, such as `does not exist`. Follows the path in a message. */
export function describeReadError(error: unknown): string {
  const code = shownErrorCode(error)
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist'
    case 'EACCES':
    case 'EPERM':
      return 'cannot be read: permission denied'
    case 'EISDIR':
      return 'is a folder'
    case 'ENAMETOOLONG':
      return 'cannot be read: its name is too long'
    case 'ELOOP':
      return 'cannot be read: it leads through too many symbolic links'
    case 'EMFILE':
    case 'ENFILE':
      return 'cannot be read: too many files are open'
    default:
      return `cannot be read: ${code}`
  }
}
