/** Checks monitor keys. */

import { MAX_MONITOR_KEY_LENGTH } from './api-limits.ts'

/** What is wrong with a monitor key, as the end of a sentence ("the monitor key …"); undefined if it is valid. */
export function checkMonitorKey(text: string): string | undefined {
  if (text === '') return 'is empty'
  if ([...text].length > MAX_MONITOR_KEY_LENGTH) return `has more than ${MAX_MONITOR_KEY_LENGTH} characters`
  if (/\s/.test(text)) return 'contains white space'
  if (/[\0-\x1f\x7f-\x9f]/.test(text)) return 'contains a control character'
  // A lone surrogate cannot be percent-encoded (encodeURIComponent throws).
  if (!text.isWellFormed()) return 'is not valid Unicode'
  // RFC 3986, 5.2.4: a path segment of dots is removed, also when its dots are percent-encoded (WHATWG URL).
  if (text === '.' || text === '..') return 'is a dot segment of a path'
  return undefined
}
