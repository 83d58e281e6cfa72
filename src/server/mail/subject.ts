/** Reads the state of an event off the subject of a mail. */

import { STATES, type State } from '../../telemetry/event.ts'

export interface SubjectRules {
  /** In lower case. A subject that begins with no state and has one of these in it is a failure. */
  readonly failWords?: readonly string[]
  /** Of a subject that has neither. */
  readonly defaultState?: State
}

export interface ParsedSubject {
  readonly state: State
  /** What the subject says besides the state; may be empty. */
  readonly rest: string
}

/** In UTF-16 units: the longest line of a mail (RFC 5322, 2.1.1). What is behind it, nobody reads. */
const MAX_LENGTH = 998

/**
 * The state is the first word: `Fail: disk full`, `[OK] backup`, `[EXTERNAL] complete`. Tags in brackets and signs in
 * front of it are passed over; `Re:` and `Fwd:` are not, what people say about an event is none. A word further
 * behind is no state either: "Backup failed to complete" would be a success. Undefined where nothing tells the state.
 */
export function parseSubject(subject: string, rules: SubjectRules): ParsedSubject | undefined {
  const text = subject.replace(/\s+/gu, ' ').trim().slice(0, MAX_LENGTH)
  let rest = text
  for (;;) {
    rest = rest.replace(/^[^\p{L}\p{N}[]+/u, '')
    const tag = /^\[([^\]]*)\]/u.exec(rest)
    if (tag === null) {
      // An opening bracket without its end is a sign as others are.
      if (rest.startsWith('[')) {
        rest = rest.slice(1)
        continue
      }
      break
    }
    rest = rest.slice(tag[0].length)
    const state = stateNamed(tag[1] ?? '')
    if (state !== undefined) return { state, rest: withoutSeparator(rest) }
  }
  // `run.sh` and `fail-over` are words of their own.
  const word = /^[\p{L}\p{M}\p{N}]+(?:[-_./'’]+[\p{L}\p{M}\p{N}]+)*/u.exec(rest)?.[0] ?? ''
  const state = stateNamed(word)
  if (state !== undefined) return { state, rest: withoutSeparator(rest.slice(word.length)) }
  if (rules.failWords?.some(phrase => hasPhrase(text, phrase))) return { state: 'fail', rest: text }
  return rules.defaultState === undefined ? undefined : { state: rules.defaultState, rest: text }
}

function stateNamed(word: string): State | undefined {
  const name = word.trim().toLowerCase()
  return STATES.find(state => state === name)
}

function withoutSeparator(text: string): string {
  return text.replace(/^[\s\p{P}\p{S}]+/u, '')
}

/** As whole words: `error` is not in `errors`. */
function hasPhrase(text: string, phrase: string): boolean {
  const words = wordsOf(phrase)
  // Nothing but signs, such as `!!`: these have no ends.
  if (words === '') return text.toLowerCase().includes(phrase)
  return ` ${wordsOf(text)} `.includes(` ${words} `)
}

function wordsOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim()
}
