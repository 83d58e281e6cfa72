/** stdout for a command that goes on for long: a reader that stalls holds up the output, and signals do not wait for it. */

import { createOutputWriter } from '../../system/output-writer.ts'

export type Written =
  | { readonly kind: 'written' }
  /** What reads it has gone (`| head`), and has read enough. */
  | { readonly kind: 'unread' }
  | { readonly kind: 'failed'; readonly code: string }
  /** The signal was aborted first; some may have been written. */
  | { readonly kind: 'stopped' }

export interface Output {
  /** One call at a time. */
  readonly write: (text: string) => Promise<Written>
  /** Resolves once all is out of this program's hands. */
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
