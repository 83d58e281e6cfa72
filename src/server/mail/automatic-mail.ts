/** Tells mail that a program sent by itself, such as an answer from somebody's holiday. */

/**
 * By the values of Auto-Submitted (RFC 3834, 5): any other keyword than `no` is automatic. Parameters and comments
 * may stand behind the keyword.
 */
export function isAutomatic(autoSubmitted: readonly string[]): boolean {
  return autoSubmitted.some(value => {
    const keyword = value.replace(/\([^()]*\)/g, ' ').split(';', 1)[0]
    return keyword?.trim().toLowerCase() !== 'no'
  })
}
