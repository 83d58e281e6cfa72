/** Before the first test: builds dist/ if it is not what the sources give, so that no test runs an outdated program. */

import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isFresh } from '../../scripts/dist-folder.mjs'

const project = fileURLToPath(new URL('../..', import.meta.url))
const dist = join(project, 'dist')

/** Each of vitest's projects has this setup. They share a process, and one build is enough. */
const shared = globalThis as { isBuilt?: Promise<void> }

export default function buildFirst(): Promise<void> {
  shared.isBuilt ??= buildIfStale()
  return shared.isBuilt
}

async function buildIfStale(): Promise<void> {
  if (await isFresh(project)) return
  if (!isWritable(existsSync(dist) ? dist : project)) {
    throw new Error('dist/ is outdated and not writable: run `npm run build` as the owner of the checkout')
  }
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--keep-last'], {
    cwd: project,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`dist/ is outdated and the build failed: ${stderr}`)
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
