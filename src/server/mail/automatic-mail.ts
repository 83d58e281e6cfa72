/** Detects mail that a program sent by itself, such as an out-of-office reply. */

/**
 * `autoSubmitted`: the values of the header (RFC 3834, 5). All keywords except `no` mean automatic mail. Parameters and
 * comments may follow the keyword.
 */
export function isAutomatic(autoSubmitted: readonly string[]): boolean {
  return autoSubmitted.some(value => {
    const keyword = value.replace(/\([^()]*\)/g, ' ').split(';', 1)[0]
    return keyword?.trim().toLowerCase() !== 'no'
  })
}
