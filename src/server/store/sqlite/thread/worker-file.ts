/** Where the script of the database's threads is: beside the bundle that contains this module (scripts/build.mjs). */

import { fileURLToPath } from 'node:url'

export function workerFile(): string {
  return fileURLToPath(new URL('./store-worker.js', import.meta.url))
}
