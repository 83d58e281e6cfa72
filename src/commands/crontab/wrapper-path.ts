/** The path by which a line of a crontab calls cronitor-exec. */

import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { ownWrapper } from '../../system/own-program.ts'

const NAME = 'cronitor-exec'

/**
 * The launcher of this program. On PATH it usually has a name that stays when the program is updated, such as
 * /usr/local/bin/cronitor-exec, which leads to this file.
 */
export function installedWrapper(searchPath = process.env.PATH ?? '', own = ownWrapper()): string {
  const isSame = (candidate: string) => realPath(candidate) === realPath(own)
  return candidates(searchPath).find(isSame) ?? own
}

/** What stands in a line: the name alone if the line's own PATH finds the same file first. */
export function wrapperInLine(wrapper: string, linePath: string): string {
  const first = foundOnPath(linePath)
  return first !== undefined && realPath(first) === realPath(wrapper) ? NAME : wrapper
}

/** The first cronitor-exec on a PATH. */
export function foundOnPath(searchPath: string): string | undefined {
  return candidates(searchPath).find(isExecutable)
}

function candidates(searchPath: string): string[] {
  return searchPath
    .split(':')
    .filter(folder => isAbsolute(folder))
    .map(folder => join(folder, NAME))
}

/** Folders of package runners, whose content is a cache. */
const RUNNERS = /\/_npx\/|\/dlx(?:-|\/)|\/bunx-|\/xfs-/

/** True if the program will be gone some day although nobody removes it. */
export function isTemporary(path: string): boolean {
  const paths = [path, realPath(path) ?? path]
  const folders = ['/tmp', '/var/tmp', '/dev/shm', '/run', tmpdir(), realPath(tmpdir()) ?? '/tmp']
  return paths.some(each => RUNNERS.test(each) || folders.some(folder => each.startsWith(`${folder}/`)))
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
