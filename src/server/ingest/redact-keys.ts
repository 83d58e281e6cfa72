/**
 * Removes API keys from events before they are stored: the sender's key and those of all other senders.
 *
 * A server without a file of keys accepts any key, such as `production`. There, the keys of other senders are removed from
 * messages only: in an env, host or series, such a key may be an ordinary name.
 */

import { MIN_SECRET_LENGTH, redact, redactRanges } from '../../telemetry/redact.ts'
import { createSecretIndex } from '../../telemetry/secret-index.ts'
import type { EventFields } from './telemetry-parameters.ts'

export interface KeyRedactor {
  readonly text: (text: string) => string
  /** Redacts all texts of an event. `senderKeys` came with it. */
  readonly fields: (fields: EventFields, senderKeys: readonly string[]) => EventFields
  /** A key that was accepted. A server without a file of keys knows its keys only by their use. */
  readonly remember: (key: string) => void
  /** Replaces the keys of the file. */
  readonly replace: (keys: readonly string[]) => void
}

/** How many used keys are remembered; above that, the half that was not used for longest is forgotten. */
const MAX_USED = 1000

const NAMES = ['series', 'host', 'env'] as const

/** `keys` are those of the file, if there is one. */
export function createKeyRedactor(keys: readonly string[] = []): KeyRedactor {
  let ofFile = new Set(keys)
  let fileIndex = createSecretIndex(keys)
  /** Least recently used first. */
  let used = new Set<string>()
  let usedIndex = createSecretIndex([])
  let lastUsed = ''

  const clean = (text: string) => redactRanges(text, [...fileIndex.find(text), ...usedIndex.find(text)])
  const cleanName = (text: string, senderKeys: readonly string[]) => {
    const cleaned = redactRanges(text, fileIndex.find(text))
    const own = senderKeys.filter(key => !ofFile.has(key) && mayContain(cleaned, key))
    return own.length === 0 ? cleaned : redact(cleaned, own)
  }
  return {
    text: clean,
    fields: (fields, senderKeys) => {
      const redacted = [
        ...NAMES.map(name => [name, cleanName(fields[name] ?? '', senderKeys)] as const),
        ['message', clean(fields.message ?? '')] as const,
      ].filter(([name, text]) => text !== (fields[name] ?? ''))
      return redacted.length === 0 ? fields : { ...fields, ...Object.fromEntries(redacted) }
    },
    remember: key => {
      if (key === lastUsed || key.length < MIN_SECRET_LENGTH || ofFile.has(key)) return
      lastUsed = key
      const isNew = !used.delete(key)
      used.add(key)
      if (!isNew) return
      usedIndex.add(key)
      if (used.size > MAX_USED) {
        used = new Set([...used].slice(-MAX_USED / 2))
        usedIndex = createSecretIndex([...used])
      }
    },
    replace: next => {
      ofFile = new Set(next)
      fileIndex = createSecretIndex(next)
    },
  }
}

/** A quick check that is enough for almost every event. */
function mayContain(text: string, key: string): boolean {
  // Percent-encoding and JSON do not change such a key, so that there is one form to search for.
  return !/^[\w.~-]*$/.test(key) || text.includes(key)
}
