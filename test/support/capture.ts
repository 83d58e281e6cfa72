/** Keeps what a program prints: for the test that runs it, and for the search after all tests. */

import { appendFileSync, mkdirSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'

/**
 * Takes what a program prints on one stream, up to its end, or hands it to `sink` and keeps nothing.
 * `name` is the name of its file in CAPTURE_DIR.
 */
export function collect(
  stream: Socket | undefined,
  name: string,
  sink: ((chunk: Buffer) => void) | undefined,
) {
  const chunks: Buffer[] = []
  const keep = (chunk: Buffer) => {
    chunks.push(chunk)
    capture(name, chunk)
  }
  stream?.on('data', sink ?? keep)
  const ended = stream === undefined ? undefined : new Promise<void>(resolve => stream.once('close', resolve))
  return { ended, bytes: () => Buffer.concat(chunks) }
}

/**
 * With CAPTURE_DIR set, all that was printed is kept there, to be searched for API keys after the last test.
 * Each stream of each run has its own file: in a shared one, chunks of two streams could tear a key apart.
 */
function capture(name: string, chunk: Buffer): void {
  const folder = process.env.CAPTURE_DIR
  if (folder === undefined || folder === '') return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  appendFileSync(join(folder, name), chunk, { mode: 0o600 })
}
