/** In the executable: Bun closes all descriptors for a child that are not in its list. For Node.js: unlisted-descriptors.ts. */

export function mustBeListed(): boolean {
  return true
}
