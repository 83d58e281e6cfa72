/** Collects the bytes of a mail as they arrive. */

import type { Readable } from 'node:stream'

export type CollectedMail =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  /** The client went away before the end. */
  | { readonly kind: 'cut-short' }

/** Never rejects. Of a mail that is too large nothing is kept; it is read to its end, where SMTP has its answer. */
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
