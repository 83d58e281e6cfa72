/** Corrects what has no option in Bun, with functions of the C library. For Node.js: correct-runtime.ts. */

import type { LibraryFunctions } from 'bun:ffi'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** glibc, musl, macOS. */
const LIBRARIES = [
  'libc.so.6',
  `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`,
  'libSystem.B.dylib',
]

const FUNCTIONS = {
  listen: { args: ['i32', 'i32'], returns: 'i32' },
  setenv: { args: ['ptr', 'ptr', 'i32'], returns: 'i32' },
} as const

function openLibrary(): LibraryFunctions | undefined {
  const { dlopen } = require('bun:ffi') as typeof import('bun:ffi')
  for (const name of LIBRARIES) {
    try {
      return dlopen(name, FUNCTIONS).symbols
    } catch {
      // It has another name here.
    }
  }
  return undefined
}

/** Bun's servers ignore the option `backlog` and use 512 (https://github.com/oven-sh/bun/pull/33786). Linux only. */
export function setBacklog(backlog: number): void {
  const library = process.platform === 'linux' ? openLibrary() : undefined
  if (library === undefined) return
  const inodes = listeningInodes()
  for (const fd of readdirSync('/proc/self/fd')) {
    const [, inode = ''] = /^socket:\[(\d+)\]$/.exec(linkOf(fd)) ?? []
    // The second call for a socket only changes the number (listen(2) of Linux).
    if (inodes.has(inode)) library.listen(Number(fd), backlog)
  }
}

/** Of all sockets that listen in this network namespace. The fields 4 and 10 of a line are state and inode (proc_net_tcp). */
function listeningInodes(): Set<string> {
  const LISTEN = '0A'
  const lines = ['tcp', 'tcp6'].flatMap(name => readOrEmpty(`/proc/self/net/${name}`).split('\n'))
  const fields = lines.map(line => line.trim().split(/\s+/))
  return new Set(fields.filter(words => words[3] === LISTEN).map(words => words[9] ?? ''))
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

const NO_CACHE = 'BUN_FEATURE_FLAG_DISABLE_DNS_CACHE'

/**
 * Bun keeps an address for 30 seconds (https://bun.com/docs/runtime/networking/dns). It reads this variable of the C library
 * before its first connection; `process.env` is a copy. The launcher and the wrapper set it for their programs, since this takes
 * a millisecond.
 */
export function keepNoAddresses(): void {
  if (process.env[NO_CACHE] !== undefined) return
  openLibrary()?.setenv(cString(NO_CACHE), cString('1'), 1)
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`)
}
