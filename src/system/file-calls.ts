/**
 * File system calls as promises, for files on a file system that may hang (hung-file-system.ts). Not node:fs/promises:
 * each run writes to the spool, and loading that module, together with readline and web streams, takes longer than
 * writing.
 */

import {
  access as accessFs,
  chmod as chmodFs,
  close as closeFs,
  type Dir,
  type Dirent,
  fsync as fsyncFs,
  lstat as lstatFs,
  type MakeDirectoryOptions,
  mkdir as mkdirFs,
  type OpenDirOptions,
  opendir as opendirFs,
  open as openFs,
  readdir as readdirFs,
  read as readFs,
  readlink as readlinkFs,
  rename as renameFs,
  type Stats,
  stat as statFs,
  symlink as symlinkFs,
  unlink as unlinkFs,
  writeFile as writeFileFs,
} from 'node:fs'
import { promisify } from 'node:util'
import { limited, limitedSync } from './hung-file-system.ts'

export const access = limited<[string], void>(promisify(accessFs))
export const chmod = limited<[path: string, mode: number], void>(promisify(chmodFs))
export const close = limited<[number], void>(promisify(closeFs))
export const fsync = limitedSync<[number]>(promisify(fsyncFs))
export const lstat = limited<[string], Stats>(promisify(lstatFs))
export const mkdir = limited<[string, MakeDirectoryOptions], unknown>(promisify(mkdirFs))
export const open = limited<[path: string, flags: string | number, mode?: number], number>(promisify(openFs))
export const opendir = limited<[string, OpenDirOptions], Dir>(promisify(opendirFs))
export const readdir = limited<[string], string[]>(promisify(readdirFs))
export const readEntries = limited<[string, { withFileTypes: true }], Dirent[]>(promisify(readdirFs))
export const readDir = limited<[Dir], Dirent | null>(folder => folder.read())
export const closeDir = limited<[Dir], void>(folder => folder.close())
export const readlink = limited<[string], string>(promisify(readlinkFs))
export const symlink = limited<[target: string, path: string], void>(promisify(symlinkFs))
export const rename = limited<[from: string, to: string], void>(promisify(renameFs))
export const stat = limited<[string], Stats>(promisify(statFs))
export const unlink = limited<[string], void>(promisify(unlinkFs))

const write = promisify(writeFileFs)

/** A file with mode 0600. It is an error if it exists. The executable needs one call of the thread pool for it. */
const NEW = { flag: 'wx', mode: 0o600 } as const

export const writeNew = limited<[path: string, text: string], void>((path, text) => write(path, text, NEW))
/** The same, synced to the disk. */
export const writeNewSynced = limitedSync<[path: string, text: string]>((path, text) =>
  write(path, text, { ...NEW, flush: true }),
)

/**
 * Reads once, from the file's current position, into `into` from the index `from`; resolves with the number of bytes.
 */
export const read = limited<[file: number, into: Buffer, from: number], number>(
  (file, into, from) =>
    new Promise((resolve, reject) => {
      readFs(file, into, from, into.length - from, null, (error, count) =>
        error === null ? resolve(count) : reject(error),
      )
    }),
)
