/**
 * The system calls that the spool needs, as promises. Not node:fs/promises: each run writes to the spool, and loading that
 * module, which brings readline and web streams along, takes longer than the writing.
 */

import * as fs from 'node:fs'
import { promisify } from 'node:util'

export const access = promisify(fs.access)
export const close = promisify(fs.close)
export const fsync = promisify(fs.fsync)
export const mkdir = promisify(fs.mkdir)
export const open = promisify(fs.open)
export const opendir = promisify(fs.opendir)
export const readdir: (path: string) => Promise<string[]> = promisify(fs.readdir)
export const readFile = promisify(fs.readFile)
export const rename = promisify(fs.rename)
export const stat = promisify(fs.stat)
export const unlink = promisify(fs.unlink)
export const writeFile = promisify(fs.writeFile)
