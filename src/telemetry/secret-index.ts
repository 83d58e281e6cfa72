/** Finds many secrets in a text at once. The time does not grow with the number of secrets. */

import { MIN_SECRET_LENGTH, type Range, secretForms } from './redact.ts'

export interface SecretIndex {
  readonly add: (secret: string) => void
  /** Where the text has a secret, in any of the forms that `redact` replaces. Ranges may overlap. */
  readonly find: (text: string) => readonly Range[]
}

/** 2 to the 18th: with 10,000 secrets, one position in 26 is looked at more closely. */
const TABLE_BITS = 18

export function createSecretIndex(secrets: readonly string[]): SecretIndex {
  /** 1 at the hash of the first four characters of each form: the only thing that most positions are compared with. */
  const starts = new Uint8Array(2 ** TABLE_BITS)
  /** The lengths of the forms by their first 8 characters: secrets may all begin alike. */
  const lengths = new Map<string, Set<number>>()
  const forms = new Set<string>()

  const add = (secret: string) => {
    for (const form of secretForms([secret])) {
      if (forms.has(form)) continue
      forms.add(form)
      let window = 0
      for (let at = 0; at < 4; at += 1) window = slide(window, form.charCodeAt(at))
      starts[hash(window)] = 1
      const start = form.slice(0, MIN_SECRET_LENGTH)
      const known = lengths.get(start)
      if (known === undefined) lengths.set(start, new Set([form.length]))
      else known.add(form.length)
    }
  }
  for (const secret of secrets) add(secret)

  return {
    add,
    find: text => {
      const found: Range[] = []
      if (forms.size === 0 || text.length < MIN_SECRET_LENGTH) return found
      let window = 0
      for (let at = 0; at < text.length; at += 1) {
        window = slide(window, text.charCodeAt(at))
        if (starts[hash(window)] === 0) continue
        const from = at - 3
        for (const length of lengths.get(text.slice(from, from + MIN_SECRET_LENGTH)) ?? []) {
          if (forms.has(text.slice(from, from + length))) found.push({ from, to: from + length })
        }
      }
      return found
    },
  }
}

/** The last four characters, a byte each. */
function slide(window: number, unit: number): number {
  return (window << 8) | (unit & 0xff)
}

/** Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4). */
function hash(window: number): number {
  return Math.imul(window, 0x9e3779b1) >>> (32 - TABLE_BITS)
}
