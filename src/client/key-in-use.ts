/** The API key in use. If the API refuses it, the key file is read again: it may hold a new key. */

import type { Destination } from '../telemetry/event.ts'
import type { Client } from './http.ts'
import type { ApiAnswer } from './outcome.ts'
import { createSender, type Send } from './sender.ts'

export interface KeyInUse {
  /**
   * Sends with the key. A refused event is sent once more if the key file holds another key. `baseUrl`: where the client
   * sends to, if not to that of the destination.
   */
  readonly sender: (client: Client | Promise<Client>, baseUrl?: string) => Send
}

/** Reads the key from the first line of a file, if the user `euid` can trust the file. */
export type ReadKeyFile = (
  path: string,
  euid: number,
) => { readonly ok: true; readonly key: string } | { readonly ok: false }

export interface KeySource {
  /** The key file; undefined for a pipe and for a key that is not in a file. */
  readonly keyFile: string | undefined
  /** All known keys. They are redacted from everything that is sent. */
  readonly secrets: readonly string[]
}

/** @param onNewKey called with the new key, before it is used */
export function openKeyInUse(
  { keyFile, secrets }: KeySource,
  destination: Destination,
  readKeyFile: ReadKeyFile,
  onNewKey: (apiKey: string) => void = () => {},
): KeyInUse {
  let current = { destination, secrets }

  /** Switches to another key than `used`, if there is one. Another connection can have switched already. */
  function switchKey(used: typeof current): boolean {
    if (current !== used) return true
    const { access } = used.destination
    if (keyFile === undefined || access.kind !== 'key') return false
    const read = readKeyFile(keyFile, process.geteuid?.() ?? 0)
    if (!read.ok || read.key === access.apiKey) return false
    onNewKey(read.key)
    current = {
      destination: { ...used.destination, access: { kind: 'key', apiKey: read.key } },
      secrets: [...used.secrets, read.key],
    }
    return true
  }

  return {
    sender: (client, baseUrl = destination.baseUrl) => {
      const senderWith = (used: typeof current) =>
        createSender(client, { ...used.destination, baseUrl }, used.secrets)
      let sendsWith = current
      let send = senderWith(sendsWith)
      return async (...what) => {
        const used = current
        if (sendsWith !== used) send = senderWith(used)
        sendsWith = used
        const answer = await send(...what)
        if (!isKeyRefused(answer) || !switchKey(used)) return answer
        sendsWith = current
        send = senderWith(sendsWith)
        return send(...what)
      }
    },
  }
}

function isKeyRefused(answer: ApiAnswer): boolean {
  return answer.kind === 'status' && (answer.status === 401 || answer.status === 403)
}
