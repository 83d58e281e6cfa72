/** Folders for one test file, which nobody else may enter and which are gone after its last test. */

import { accessSync, appendFileSync, chmodSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const made = new Set<string>()

/** Makes a folder of mode 0700, under `under` (the system's temporary folder unless given), and returns its path. */
export function tempDir(name = 'test', under = tmpdir()): string {
  const folder = mkdtempSync(join(under, `cronitor-${name}-`))
  chmodSync(folder, 0o700) // whatever the umask is
  made.add(folder)
  // For remove-temp-dirs.ts.
  if (process.env.TEST_TEMP_LIST !== undefined) appendFileSync(process.env.TEST_TEMP_LIST, `${folder}\n`)
  return folder
}

/**
 * Where folders are in memory, if the system has such a place. On a busy disk, a command may have no time to put its events into
 * the queue: its record of the run holds them then, until the next command.
 */
export const MEMORY = ((): string => {
  try {
    accessSync('/dev/shm', constants.W_OK)
    return '/dev/shm'
  } catch {
    return tmpdir()
  }
})()

/** Removes every folder that `tempDir` made. Called after the file's last test; a script calls it itself. */
export function removeTempDirs(): void {
  for (const folder of made) {
    made.delete(folder)
    try {
      // A job in the background may still write there.
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    } catch (error) {
      // On a busy machine for longer than that: then remove-temp-dirs.ts removes it.
      if (process.env.TEST_TEMP_LIST === undefined) throw error
    }
  }
}

/** Milliseconds. On a busy disk a minute is too short to remove a folder of 100,000 files. */
const REMOVE_MS = 10 * 60_000

// Vitest loads modules anew for each test file, so this hook belongs to the file that imports this one.
afterAll(removeTempDirs, REMOVE_MS)
