/** Collects the bytes of a mail. */

import type { Readable } from 'node:stream'

export type CollectedMail =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  /** The client disconnected before the end. */
  | { readonly kind: 'cut-short' }

/**
 * Never rejects. Reads a mail that is too large to its end, because SMTP expects the answer there, but does not keep
 * it.
 */
export function collectMail(stream: Readable, maxBytes: number): Promise<CollectedMail> {
  return new Promise(resolve => {
    let chunks: Buffer[] = []
    let length = 0
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > maxBytes) chunks = []
      else chunks.push(chunk)
    })
    stream.on('end', () =>
      resolve(
        length > maxBytes ? { kind: 'too-large' } : { kind: 'whole', bytes: Buffer.concat(chunks, length) },
      ),
    )
    stream.on('error', () => resolve({ kind: 'cut-short' }))
    stream.on('close', () => resolve({ kind: 'cut-short' }))
  })
}
