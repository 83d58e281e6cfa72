/**
 * Finds out whether a folder's file system hangs, as NFS does without its server. A separate process tries it: if a
 * thread of this process hung, Node.js before 22.15 could only exit by a signal.
 */

import { spawn } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** Types of file systems (proc_pid_mountinfo(5)) that depend on a server or on a program. */
const REMOTE =
  /^(nfs|nfs4|cifs|smb3|smbfs|9p|afs|autofs|beegfs|ceph|coda|davfs|gfs2?|glusterfs|gpfs|lustre|ncpfs|ocfs2|orangefs|sshfs|virtiofs|fuse|fuseblk)(\..*)?$/

/** How long the file system may take to answer, in milliseconds. */
const ANSWER_MS = 1000

/** The number of symbolic links that the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40

/** False if the folder's file system hangs now. Always true if this process could exit despite a hanging thread. */
export async function answersIfRemote(folder: string): Promise<boolean> {
  if ('execve' in process || !isOnRemote(folder, readMounts())) return true
  return answers(folder)
}

export interface Mount {
  readonly point: string
  readonly type: string
}

/** Empty if the system has no list (macOS). Reading the kernel's list never waits for a file system. */
function readMounts(): readonly Mount[] {
  try {
    return parseMounts(readFileSync('/proc/self/mountinfo', 'latin1'))
  } catch {
    return []
  }
}

/** The mounts in `/proc/self/mountinfo`, in its order: of two on the same folder, the later one is visible. */
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

/**
 * True if the path to the folder leads through a file system that may hang. Does not read links on such a file system.
 */
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

/** Makes a new folder, which no cache can answer. A failure is an answer too. */
const TRY = 'mkdir "$1" 2>/dev/null && rmdir "$1"'

function answers(folder: string): Promise<boolean> {
  return new Promise(done => {
    const child = spawn('/bin/sh', ['-c', TRY, 'sh', join(folder, `.try-${process.pid}`)], {
      // A process group, so that `kill` reaches the shell's children.
      detached: true,
      stdio: 'ignore',
    })
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // The shell has ended.
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
    // If no shell can be started, the file system counts as hung.
    child.on('error', () => end(false))
  })
}
