/** Receives the updates of the page while it is visible, and connects again after a failure. */

import type { Update } from '../update-message.ts'

export interface PageUpdates {
  /** Continues with another query: the server sends the whole list. */
  readonly reopen: (search: string) => void
}

const RETRY_MS = 5_000
/** How long the connection may be broken before the page says so; a restart of the server is faster. */
const PATIENCE_MS = 3_000

/** `onUpdate` returns false if the update does not fit the page. */
export function openUpdates(address: string, onUpdate: (update: Update) => boolean): PageUpdates {
  const [path = '', query] = address.split('?')
  const params = new URLSearchParams(query)
  let source: EventSource | undefined
  let retry: number | undefined
  let brokenTimer: number | undefined

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
      clearTimeout(brokenTimer)
      brokenTimer = undefined
      showConnection('on')
    })
    opened.addEventListener('message', event => {
      params.set('since', event.lastEventId)
      if (!onUpdate(JSON.parse(event.data))) {
        params.delete('since')
        open()
      }
    })
    opened.addEventListener('error', () => {
      // The browser reconnects by itself, unless the server refused: it has too many readers, or requires a login.
      const isRefused = opened.readyState === EventSource.CLOSED
      if (isRefused) retry = setTimeout(open, RETRY_MS)
      brokenTimer ??= setTimeout(() => showConnection(isRefused ? 'refused' : 'off'), PATIENCE_MS)
    })
  }

  // A browser opens at most six connections to a server, for all tabs together.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) close()
    else if (source === undefined) open()
  })
  // A page in the back/forward cache would keep its connection.
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

const CONNECTION_TEXTS = {
  on: 'Live',
  off: 'Not connected, trying again',
  refused: 'No updates: reload the page',
} as const

function showConnection(state: keyof typeof CONNECTION_TEXTS): void {
  const live = document.getElementById('live')
  if (live === null || live.dataset.state === state) return
  live.dataset.state = state
  live.hidden = false
  live.textContent = CONNECTION_TEXTS[state]
}
