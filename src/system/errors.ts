/** What a failed system call is called in a warning: never Node.js's message, which repeats paths and arguments. */

/** The `code` of a Node.js error, such as `ENOENT`; undefined for anything else that was thrown. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The `code` of a Node.js error, such as `ENOENT`, or `unknown error` for anything else that was thrown. */
export function errorCode(error: unknown): string {
  return codeOf(error) ?? 'unknown error'
}

/** The same in words, where there are common ones. */
export function errorWords(error: unknown): string {
  const code = errorCode(error)
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist'
    case 'EACCES':
    case 'EPERM':
      return 'cannot be read: permission denied'
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
