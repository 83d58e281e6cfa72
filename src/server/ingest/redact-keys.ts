/** Removes API keys from events before they are stored: the sender's key and those of all other senders. */

import { MIN_SECRET_LENGTH, redactRanges } from '../../telemetry/redact.ts'
import { createSecretIndex } from '../../telemetry/secret-index.ts'
import type { EventFields } from './telemetry-parameters.ts'

export interface KeyRedactor {
  readonly text: (text: string) => string
  /** Redacts all texts of an event. */
  readonly fields: (fields: EventFields) => EventFields
  /** A key that was accepted. A server without a file of keys knows its keys only by their use. */
  readonly remember: (key: string) => void
  /** Replaces the keys of the file. */
  readonly replace: (keys: readonly string[]) => void
}

/** How many used keys are remembered; above that, the half that was not used for longest is forgotten. */
const MAX_USED = 1000

const TEXTS = ['series', 'host', 'env', 'message'] as const

/** `keys` are those of the file, if there is one. */
export function createKeyRedactor(keys: readonly string[] = []): KeyRedactor {
  let ofFile = new Set(keys)
  let fileIndex = createSecretIndex(keys)
  /** Least recently used first. */
  let used = new Set<string>()
  let usedIndex = createSecretIndex([])

  const clean = (text: string) => redactRanges(text, [...fileIndex.find(text), ...usedIndex.find(text)])
  return {
    text: clean,
    fields: fields => {
      const redacted = TEXTS.flatMap(name => {
        const text = fields[name]
        const cleaned = text === undefined ? undefined : clean(text)
        return cleaned === text ? [] : [[name, cleaned] as const]
      })
      return redacted.length === 0 ? fields : { ...fields, ...Object.fromEntries(redacted) }
    },
    remember: key => {
      if (key.length < MIN_SECRET_LENGTH || ofFile.has(key)) return
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
