/** Which descriptors Node.js passes on to a child without being told. In the executable: unlisted-descriptors.bun.ts. */

/**
 * True if a child gets `fd` only if it is in the list `stdio`. When Node.js starts, it marks descriptors 3 to 15 close-on-exec,
 * and those from 16 up to the first that is not open (libuv, uv_disable_stdio_inheritance).
 *
 * @param open the descriptors that were open then
 */
export function mustBeListed(fd: number, open: readonly number[]): boolean {
  return fd <= 15 || isInRunFrom16(fd, open)
}

function isInRunFrom16(fd: number, open: readonly number[]): boolean {
  for (let below = 16; below < fd; below++) if (!open.includes(below)) return false
  return true
}
