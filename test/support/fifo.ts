/** A real pipe between this process and a child: Node.js's own 'pipe' is a socket, which `> /dev/stdout` cannot open. */

import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'

export interface Fifo {
  /** For the child's stdio; to be closed here once the child has it. */
  readonly childFd: number
  readonly stream: Socket
}

/**
 * Makes FIFOs in a folder and removes their names again; 'out' is written by the child, 'in' is read by it.
 *
 * Each end has its own open file description, so that the non-blocking mode of this process's end does not
 * reach the child. This end is opened so that neither open waits: a FIFO opened for reading and writing does not
 * wait on Linux and macOS (POSIX leaves it open), and while it is held the others do not either.
 */
export function makeFifos<Name extends string>(
  folder: string,
  wanted: Readonly<Record<Name, 'in' | 'out'>>,
): Record<Name, Fifo> {
  const names = Object.keys(wanted) as Name[]
  const files = names.map(name => join(folder, name))
  if (files.length > 0) execFileSync('mkfifo', ['-m', '600', ...files])
  const fifos = {} as Record<Name, Fifo>
  names.forEach((name, index) => {
    const file = files[index] as string
    const held = openSync(file, constants.O_RDWR)
    const reads = openSync(file, constants.O_RDONLY | (wanted[name] === 'out' ? constants.O_NONBLOCK : 0))
    const writes = openSync(file, constants.O_WRONLY | (wanted[name] === 'in' ? constants.O_NONBLOCK : 0))
    closeSync(held)
    unlinkSync(file)
    const [childFd, fd] = wanted[name] === 'out' ? [writes, reads] : [reads, writes]
    const stream = new Socket({ fd, readable: wanted[name] === 'out', writable: wanted[name] === 'in' })
    // A child that ends without reading its input is no error of the test's.
    stream.on('error', () => {})
    fifos[name] = { childFd, stream }
  })
  return fifos
}
