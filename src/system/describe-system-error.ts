/** The error of a failed system call as text for a warning. */

import { shownErrorCode } from './errors.ts'

/**
 * The end of a sentence, such as `the disk is full`. Node.js's own message is not used: it contains paths, which may be
 * secret.
 */
export function describeSystemError(error: unknown): string {
  const code = shownErrorCode(error)
  switch (code) {
    case 'ENOSPC':
      return 'the disk is full'
    case 'EDQUOT':
      return "the user's quota is used up"
    case 'EROFS':
      return 'the file system is read-only'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'ENOENT':
    case 'ENOTDIR':
      return 'a folder above it does not exist, or is not a folder'
    case 'EEXIST':
    case 'ENOTREG':
      return 'something else is there'
    case 'EISDIR':
      return 'it is a folder'
    case 'EBUSY':
      return 'it is in use, or something is mounted on it'
    case 'ENXIO':
      return 'nobody reads from it'
    case 'ENAMETOOLONG':
      return 'its name is too long'
    case 'ELOOP':
      return 'it leads through too many symbolic links'
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open'
    case 'ETIMEDOUT':
      return 'the file system does not answer'
    default:
      return code
  }
}
