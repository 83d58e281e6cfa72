/**
 * Tries a folder on a file system that may hang, as NFS does without its server, in a process of its own. A thread of this
 * process that hangs there would keep it from ever exiting: Node.js before 22.15 has no way out but a signal.
 */

import { spawn } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** Types of file systems (proc_pid_mountinfo(5)) that ask a server, or a program. */
const REMOTE =
  /^(nfs|nfs4|cifs|smb3|smbfs|9p|afs|autofs|beegfs|ceph|coda|davfs|gfs2?|glusterfs|gpfs|lustre|ncpfs|ocfs2|orangefs|sshfs|virtiofs|fuse|fuseblk)(\..*)?$/

/** How long a folder has for an answer, in milliseconds. */
const ANSWER_MS = 1000

/** Symbolic links that are followed; as many as the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40

/** False if the folder is on a file system that may hang, and does so now. It is asked only where a hang could not be left. */
export async function answersIfRemote(folder: string): Promise<boolean> {
  if ('execve' in process || !isOnRemote(folder, readMounts())) return true
  return answers(folder)
}

export interface Mount {
  readonly point: string
  readonly type: string
}

/** None if the system does not tell (macOS). The kernel's list never waits for a file system. */
function readMounts(): readonly Mount[] {
  try {
    return parseMounts(readFileSync('/proc/self/mountinfo', 'latin1'))
  } catch {
    return []
  }
}

/** Those of `/proc/self/mountinfo`, in its order: of two on the same folder, the later one is seen. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap(line => {
    const [before = '', after = ''] = line.split(' - ')
    const point = before.split(' ')[4]
    const [type] = after.split(' ')
    return point === undefined || !type ? [] : [{ point: unescaped(point), type }]
  })
}

function unescaped(text: string): string {
  const bytes = text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
  return Buffer.from(bytes, 'latin1').toString()
}

/** Does the way to the folder lead through such a file system? Links are read up to the first one, and never on it. */
export function isOnRemote(
  folder: string,
  mounts: readonly Mount[],
  linkAt: (path: string) => string | undefined = readLink,
): boolean {
  if (!mounts.some(({ type }) => REMOTE.test(type))) return false
  const typeAt = new Map(mounts.map(({ point, type }) => [point, type]))
  let path = '/'
  let rest = resolve(folder).split('/')
  for (let links = 0; links <= MOST_LINKS; ) {
    if (REMOTE.test(typeAt.get(path) ?? '')) return true
    const [next, ...others] = rest
    if (next === undefined) return false
    rest = others
    if (next === '' || next === '.') continue
    if (next === '..') {
      path = dirname(path)
      continue
    }
    const below = join(path, next)
    const target = typeAt.has(below) ? undefined : linkAt(below)
    if (target === undefined) path = below
    else {
      links += 1
      rest = [...target.split('/'), ...rest]
      if (target.startsWith('/')) path = '/'
    }
  }
  return false
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** A new folder is nothing that a cache could answer. That it cannot be made is an answer too. */
const TRY = 'mkdir "$1" 2>/dev/null && rmdir "$1"'

function answers(folder: string): Promise<boolean> {
  return new Promise(done => {
    const child = spawn('/bin/sh', ['-c', TRY, 'sh', join(folder, `.try-${process.pid}`)], {
      // So that the children of the shell can be killed with it.
      detached: true,
      stdio: 'ignore',
    })
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    }
    const end = (isAnswered: boolean): void => {
      clearTimeout(timer)
      process.off('exit', kill)
      done(isAnswered)
    }
    process.on('exit', kill)
    const timer = setTimeout(() => {
      kill()
      end(false)
    }, ANSWER_MS)
    child.unref()
    child.on('exit', () => end(true))
    // Without a shell, nobody knows.
    child.on('error', () => end(false))
  })
}
