/**
 * The system calls that the spool needs, as promises. Not node:fs/promises: each run writes to the spool, and loading that
 * module, which brings readline and web streams along, takes longer than the writing.
 */

import {
  access as accessFs,
  chmod as chmodFs,
  close as closeFs,
  type Dirent,
  fsync as fsyncFs,
  mkdir as mkdirFs,
  opendir as opendirFs,
  open as openFs,
  readdir as readdirFs,
  readFile as readFileFs,
  rename as renameFs,
  stat as statFs,
  unlink as unlinkFs,
  writeFile as writeFileFs,
} from 'node:fs'
import { promisify } from 'node:util'

export const access = promisify(accessFs)
export const chmod = promisify(chmodFs)
export const close = promisify(closeFs)
export const fsync = promisify(fsyncFs)
export const mkdir = promisify(mkdirFs)
export const open = promisify(openFs)
export const opendir = promisify(opendirFs)
export const readdir: (path: string) => Promise<string[]> = promisify(readdirFs)
export const readEntries: (path: string, options: { withFileTypes: true }) => Promise<Dirent[]> =
  promisify(readdirFs)
export const readFile = promisify(readFileFs)
export const rename = promisify(renameFs)
export const stat = promisify(statFs)
export const unlink = promisify(unlinkFs)
export const writeFile = promisify(writeFileFs)
