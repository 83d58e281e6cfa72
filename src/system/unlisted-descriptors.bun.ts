/** In the executable: Bun closes all descriptors for a child that are not in its list. For Node.js: unlisted-descriptors.ts. */

import { openFilesLimit } from './open-files-limit.ts'

/** False for a descriptor at or above the limit of open files, which Bun cannot pass on: the spawn would fail. */
export function mustBeListed(fd: number): boolean {
  return fd <= 15 || fd < (openFilesLimit() ?? Number.POSITIVE_INFINITY)
}
