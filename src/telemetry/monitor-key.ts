/** Tells whether a word can be the key of a monitor. */

/** What is wrong with a monitor key, as the rest of a sentence ("the monitor key …"); undefined where nothing is. */
export function checkMonitorKey(text: string): string | undefined {
  if (text === '') return 'is empty'
  if ([...text].length > 128) return 'has more than 128 characters'
  if (/\s/.test(text)) return 'has white space in it'
  if (/[\0-\x1f\x7f-\x9f]/.test(text)) return 'has a control character in it'
  // A lone surrogate cannot be percent-encoded (encodeURIComponent throws).
  if (!text.isWellFormed()) return 'is not valid Unicode'
  // RFC 3986, 5.2.4: a path segment of dots is removed, also when its dots are percent-encoded (WHATWG URL).
  if (text === '.' || text === '..') return 'is a dot segment of a path'
  return undefined
}
