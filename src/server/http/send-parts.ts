/** Sends a long answer in parts, no faster than the client reads. */

import type { ServerResponse } from 'node:http'
import { sendBody } from './send-answer.ts'

/** A shorter answer is sent at once, with its length. */
const MIN_CHUNKED_BYTES = 64 * 1024

/** The connection of a client that has read nothing for this long is closed. */
const STALL_MS = 30_000

/** An error of `parts` rejects; the client notices it by the end of the connection if the answer has begun. */
export async function sendParts(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  parts: Iterable<Uint8Array> | AsyncIterable<string>,
): Promise<void> {
  if (response.req.method === 'HEAD') {
    response.writeHead(200, headers).end()
    return
  }
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  for await (const part of parts) {
    if (response.destroyed) return
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    waiting.push(bytes)
    waitingBytes += bytes.length
    if (waitingBytes < MIN_CHUNKED_BYTES) continue
    if (!response.headersSent) response.writeHead(200, headers)
    const isRead = response.write(Buffer.concat(waiting))
    waiting = []
    waitingBytes = 0
    if (!isRead) await untilRead(response)
    // A fast client reads megabytes in one turn of the event loop, in which no event would be answered.
    await new Promise(resolve => setImmediate(resolve))
  }
  if (response.headersSent) response.end(Buffer.concat(waiting))
  else sendBody(response, 200, headers, Buffer.concat(waiting))
}

/** Resolves also when the connection is closed. */
function untilRead(response: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const stalled = setTimeout(() => response.destroy(), STALL_MS)
    const go = () => {
      clearTimeout(stalled)
      response.off('drain', go).off('close', go)
      resolve()
    }
    response.on('drain', go).on('close', go)
    if (response.destroyed) go()
  })
}
