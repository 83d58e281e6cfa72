/** Whether cron finds the programs that a command names. */

import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'

export type CommandFinding =
  | { readonly kind: 'only-here'; readonly name: string; readonly here: string }
  | { readonly kind: 'nowhere'; readonly name: string }
  /** The job runs another program than this shell. */
  | { readonly kind: 'another'; readonly name: string; readonly job: string; readonly here: string }
  /** An absolute path. */
  | { readonly kind: 'no-program'; readonly name: string }

export interface SearchPaths {
  /** The job's PATH and working directory. */
  readonly job: { readonly path: string; readonly folder: string }
  readonly here: { readonly path: string; readonly folder: string }
}

/** A relative path with a slash depends on what the command did before, so that nothing is said about it. */
export function findCommands(
  names: readonly string[],
  { job, here }: SearchPaths,
  isProgram: (path: string) => boolean = isExecutableFile,
): readonly CommandFinding[] {
  const find = (name: string, { path, folder }: SearchPaths['job']): string | undefined =>
    path
      .split(':')
      .map(entry => resolve(folder, entry, name))
      .find(isProgram)
  return names.flatMap((name): CommandFinding[] => {
    if (name.startsWith('/')) return isProgram(name) ? [] : [{ kind: 'no-program', name }]
    if (name.includes('/')) return []
    const inJob = find(name, job)
    const inShell = find(name, here)
    if (inJob === undefined) {
      return [inShell === undefined ? { kind: 'nowhere', name } : { kind: 'only-here', name, here: inShell }]
    }
    if (inShell === undefined || isSameFile(inJob, inShell)) return []
    return [{ kind: 'another', name, job: inJob, here: inShell }]
  })
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** /bin is often a link to /usr/bin. */
function isSameFile(one: string, other: string): boolean {
  if (one === other) return true
  try {
    const first = statSync(one)
    const second = statSync(other)
    return first.dev === second.dev && first.ino === second.ino
  } catch {
    return false
  }
}
