/** Finds the programs called `cronitor` and `cronitor-exec`, here and where cron looks. */

import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import type { FoundInstallation } from '../checks/installations.ts'
import { programKind } from './program-kind.ts'

/**
 * Each file once, under the first path that leads to it.
 *
 * @param folders in the order in which they are searched
 * @param ownWrapper the path of this installation's cronitor-exec
 */
export function findInstallations(folders: readonly string[], ownWrapper: string): FoundInstallation[] {
  const ownFolder = ownFolderOf(ownWrapper)
  const found = new Map<string, FoundInstallation>()
  for (const folder of folders.filter(isAbsolute)) {
    for (const name of ['cronitor', 'cronitor-exec'] as const) {
      const path = join(folder, name)
      if (!isProgram(path)) continue
      const file = realpathSync(path)
      if (!found.has(`${name} ${file}`))
        found.set(`${name} ${file}`, { name, path, ...programKind(path, ownFolder) })
    }
  }
  return [...found.values()]
}

export function ownFolderOf(ownWrapper: string): string {
  try {
    return dirname(realpathSync(ownWrapper))
  } catch {
    return dirname(ownWrapper)
  }
}

/** FIFOs and devices are never opened. */
function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
