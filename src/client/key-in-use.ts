/** The key that a command sends with. If the API refuses it, its file may have been replaced meanwhile. */

import type { Destination } from '../telemetry/event.ts'
import type { Client } from './http.ts'
import type { ApiAnswer } from './outcome.ts'
import { createSender, type Send } from './sender.ts'

export interface KeyInUse {
  /** Sends with the key; a refused event is sent once more if another key stands in the file by then. */
  readonly sender: (client: Client | Promise<Client>) => Send
}

/** The key in the first line of a file that the user `euid` may trust. */
export type ReadKeyFile = (
  path: string,
  euid: number,
) => { readonly ok: true; readonly key: string } | { readonly ok: false }

export interface KeySource {
  /** The file that the key came from, unless that is a pipe. */
  readonly keyFile: string | undefined
  /** Each key that is known here, to be redacted from all that is sent. */
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

  /** Is there another key than the one that was used? Another connection may have found it already. */
  function isRenewed(used: typeof current): boolean {
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
    sender: client => {
      let of = current
      let send = createSender(client, of.destination, of.secrets)
      return async (...what) => {
        const used = current
        if (of !== used) send = createSender(client, used.destination, used.secrets)
        of = used
        const answer = await send(...what)
        if (!isKeyRefused(answer) || !isRenewed(used)) return answer
        of = current
        send = createSender(client, of.destination, of.secrets)
        return send(...what)
      }
    },
  }
}

function isKeyRefused(answer: ApiAnswer): boolean {
  return answer.kind === 'status' && (answer.status === 401 || answer.status === 403)
}
