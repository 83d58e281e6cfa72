/** Writes to stdout for a long-running command. Waits for a slow reader, but not after a signal. */

import { createOutputWriter } from '../../system/output-writer.ts'

export type WriteResult =
  | { readonly kind: 'written' }
  /** The reader has closed the pipe, as `| head` does. */
  | { readonly kind: 'unread' }
  | { readonly kind: 'failed'; readonly code: string }
  /** The signal was aborted; a part of the text may have been written. */
  | { readonly kind: 'stopped' }

export interface Output {
  /** Call again only after the promise resolves. */
  readonly write: (text: string) => Promise<WriteResult>
  /** Resolves when everything has been written. */
  readonly close: () => Promise<void>
}

export function openOutput(stop: AbortSignal): Output {
  let wake = () => {}
  const writer = createOutputWriter(1, { onReady: () => wake(), onFailure: () => wake() })

  return {
    async write(text) {
      if (stop.aborted) return { kind: 'stopped' }
      const isWritten = await new Promise<boolean>(resolve => {
        const stopped = () => resolve(false)
        stop.addEventListener('abort', stopped, { once: true })
        wake = () => {
          stop.removeEventListener('abort', stopped)
          resolve(writer.failed() === undefined)
        }
        if (writer.write(Buffer.from(text))) wake()
      })
      if (isWritten) return { kind: 'written' }
      const code = writer.failed()
      if (code === undefined) return { kind: 'stopped' }
      return code === 'EPIPE' ? { kind: 'unread' } : { kind: 'failed', code }
    },
    close: () => (stop.aborted ? Promise.resolve() : writer.close()),
  }
}
