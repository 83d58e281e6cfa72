/** Tells whether a user of a crontab exists, and remembers the answer: a crontab names the same few users. */

import { findUser } from '../../system/user-account.ts'
import { utf8 } from './crontab-bytes.ts'

const known = new Map<string, boolean>()

/** @param name one character a byte */
export function hasUser(name: string): boolean {
  const answer = known.get(name) ?? findUser(utf8(name)) !== undefined
  known.set(name, answer)
  return answer
}
