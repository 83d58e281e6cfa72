/** Where the script of the database's threads is: in the executable (scripts/build-executable.mjs). */

export function workerFile(): string {
  return './store-worker.js'
}
