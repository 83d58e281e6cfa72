/** Describes the run that holds a lock, for a warning. */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readableDuration } from '../../system/duration.ts'
import { printable } from '../../system/printable.ts'
import { hasOwnProc } from '../../system/process-stat.ts'
import { type EntryKind, entryName } from './lock-entries.ts'
import type { LockFolder } from './lock-folder.ts'

export interface HolderOptions {
  readonly folder: LockFolder
  readonly lock: string
  /** The PID namespace of this process. */
  readonly namespace: string
  /** Milliseconds since the boot. */
  readonly now: number
  /** The words of a process's command; empty if the system does not say. */
  readonly commandOf?: (pid: number) => readonly string[]
}

const MAX_COMMAND_LENGTH = 200

/** `process 4242 (/usr/bin/backup --full) has held it for 2 h 5 min`. The process is the job, if it exists. */
export function describeHolder(id: string, options: HolderOptions): string {
  const { folder, lock, namespace, now, commandOf = commandOfProcess } = options
  const alive = (kind: EntryKind) => {
    const name = entryName(lock, id, kind)
    const record = folder.read(name)
    return record && folder.stateOf(name, record) === 'alive' ? record : undefined
  }
  const holder = alive('job') ?? alive('try')
  if (holder === undefined) return 'another run has just held it'
  // Here, the number may be that of another process.
  const isHere = holder.namespace === namespace
  const command = isHere ? shortened(commandOf(holder.pid)) : 'in another container'
  const age = readableDuration(Math.max(now - holder.since, 0) / 1000)
  return `process ${holder.pid}${command && ` (${command})`} has held it for ${age}`
}

/** Ends after a whole word: half of a key would not be recognised, and so not be redacted. */
function shortened(words: readonly string[]): string {
  let text = ''
  for (const word of words) {
    if (text.length + word.length > MAX_COMMAND_LENGTH) return `${text} …`
    text += `${text && ' '}${printable(word)}`
  }
  return text
}

function commandOfProcess(pid: number): readonly string[] {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return (stdout ?? '').trim().split(' ')
  }
  if (!hasOwnProc()) return []
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '').split('\0')
  } catch {
    // It has ended.
    return []
  }
}
