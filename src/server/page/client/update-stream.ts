/** The stream of updates: open while the page is seen, and opened anew when it breaks. */

import type { Update } from '../update-message.ts'

export interface PageUpdates {
  /** With another query; all that it shows is sent. */
  readonly reopen: (search: string) => void
}

const RETRY_MS = 5_000
/** A server that restarts is back before anybody has to be told. */
const PATIENCE_MS = 3_000

/** `onUpdate` says whether the update fitted the page. */
export function openUpdates(address: string, onUpdate: (update: Update) => boolean): PageUpdates {
  const [path = '', query] = address.split('?')
  const params = new URLSearchParams(query)
  let source: EventSource | undefined
  let retry: number | undefined
  let complaint: number | undefined

  const close = () => {
    source?.close()
    source = undefined
    clearTimeout(retry)
  }
  const open = () => {
    close()
    const opened = new EventSource(`${path}?${params}`)
    source = opened
    opened.addEventListener('open', () => {
      clearTimeout(complaint)
      complaint = undefined
      tell('on')
    })
    opened.addEventListener('message', event => {
      params.set('since', event.lastEventId)
      if (!onUpdate(JSON.parse(event.data))) {
        params.delete('since')
        open()
      }
    })
    opened.addEventListener('error', () => {
      // A browser tries again by itself unless it was answered: by a server that is full, or that asks for a login.
      const isRefused = opened.readyState === EventSource.CLOSED
      if (isRefused) retry = setTimeout(open, RETRY_MS)
      complaint ??= setTimeout(() => tell(isRefused ? 'refused' : 'off'), PATIENCE_MS)
    })
  }

  // A browser opens six connections to a server at most, for all of its tabs.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) close()
    else if (source === undefined) open()
  })
  // A page that is kept for the way back would keep its connection.
  addEventListener('pagehide', close)
  addEventListener('pageshow', event => {
    if (event.persisted) open()
  })
  if (!document.hidden) open()

  return {
    reopen: search => {
      for (const name of [...params.keys()]) params.delete(name)
      for (const [name, value] of new URLSearchParams(search)) params.set(name, value)
      open()
    },
  }
}

const WORDS = {
  on: 'Live',
  off: 'Not connected, trying again',
  refused: 'No updates: load the page again',
} as const

function tell(state: keyof typeof WORDS): void {
  const live = document.getElementById('live')
  if (live === null || live.dataset.state === state) return
  live.dataset.state = state
  live.hidden = false
  live.textContent = WORDS[state]
}
