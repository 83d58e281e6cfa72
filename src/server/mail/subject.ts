/** Reads the state of an event from the subject of a mail. */

import { STATES, type State } from '../../telemetry/event.ts'

export interface SubjectRules {
  /** In lower case. A subject that does not begin with a state and contains one of these is a failure. */
  readonly failWords?: readonly string[]
  /** The state if the subject has neither. */
  readonly defaultState?: State
}

export interface ParsedSubject {
  readonly state: State
  /** The subject without the state; may be empty. */
  readonly rest: string
}

/** In UTF-16 units: the longest line of a mail (RFC 5322, 2.1.1). The rest is ignored. */
const MAX_LENGTH = 998

/**
 * The state is the first word: `Fail: disk full`, `[OK] backup`, `[EXTERNAL] complete`. Tags in brackets and
 * punctuation before it are skipped. `Re:` and `Fwd:` are not skipped, because a reply about an event is not an event.
 * Later words do not count: "Backup failed to complete" is not a success. Undefined if the subject has no state.
 */
export function parseSubject(subject: string, rules: SubjectRules): ParsedSubject | undefined {
  const text = subject.replace(/\s+/gu, ' ').trim().slice(0, MAX_LENGTH)
  let rest = text
  for (;;) {
    rest = rest.replace(/^[^\p{L}\p{N}[]+/u, '')
    const tag = /^\[([^\]]*)\]/u.exec(rest)
    if (tag === null) {
      // A bracket that is not closed is punctuation.
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
  // `run.sh` and `fail-over` are not states.
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

/** Compares whole words: `errors` does not contain `error`. */
function hasPhrase(text: string, phrase: string): boolean {
  const words = wordsOf(phrase)
  // Punctuation only, such as `!!`: there are no words to compare.
  if (words === '') return text.toLowerCase().includes(phrase)
  return ` ${wordsOf(text)} `.includes(` ${words} `)
}

function wordsOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim()
}
