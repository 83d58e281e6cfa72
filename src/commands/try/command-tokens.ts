/** Splits a shell's command line into words and operators, as far as that can be done without running it (POSIX, 2.3). */

export type ShellToken =
  | {
      readonly kind: 'word'
      /** Without quotes. */
      readonly text: string
      /** True if the shell expands nothing in it, so that `text` is what it becomes. */
      readonly isLiteral: boolean
      readonly isQuoted: boolean
    }
  /** `;`, `&`, `|`, `(`, a line feed and others. */
  | { readonly kind: 'operator'; readonly text: string }
  /** `<`, `>` and others, whose target is the next word. */
  | { readonly kind: 'redirection'; readonly text: string }

const OPERATOR = /^(?:&&|\|\||\|&|;;|[;&|()\n])/
const REDIRECTION = /^\d*(?:<<-?|<>|<&|>&|>>|>\||&>>?|[<>])/

/** The tokens up to the first place that is not understood: an open quote, a process substitution. */
export function shellTokens(command: string): readonly ShellToken[] {
  const tokens: ShellToken[] = []
  let rest = command
  while (rest !== '') {
    const blank = /^(?:[ \t]+|\\\n)+/.exec(rest)?.[0]
    if (blank !== undefined) {
      rest = rest.slice(blank.length)
    } else if (rest.startsWith('#')) {
      rest = rest.slice(/^[^\n]*/.exec(rest)?.[0].length)
    } else if (/^[<>]\(/.test(rest)) {
      break
    } else {
      const redirection = REDIRECTION.exec(rest)?.[0]
      const operator = redirection ?? OPERATOR.exec(rest)?.[0]
      if (operator !== undefined) {
        tokens.push({ kind: redirection === undefined ? 'operator' : 'redirection', text: operator })
        rest = rest.slice(operator.length)
      } else {
        const word = readWord(rest)
        if (word === undefined) break
        tokens.push(word.token)
        rest = rest.slice(word.length)
      }
    }
  }
  return tokens
}

const WORD_END = /[ \t\n;&|()<>]/
/** Outside quotes, the shell expands these. */
const EXPANDED = /[*?[{~]/

function readWord(text: string): { token: ShellToken; length: number } | undefined {
  let value = ''
  let isLiteral = true
  let isQuoted = false
  let at = 0
  while (at < text.length) {
    const character = text.charAt(at)
    if (WORD_END.test(character)) break
    if (character === '\\') {
      if (text.charAt(at + 1) !== '\n') value += text.charAt(at + 1)
      isQuoted = true
      at += 2
    } else if (character === "'") {
      const end = text.indexOf("'", at + 1)
      if (end === -1) return undefined
      value += text.slice(at + 1, end)
      isQuoted = true
      at = end + 1
    } else if (character === '"') {
      const end = endOfDoubleQuotes(text, at + 1)
      if (end === undefined) return undefined
      const inside = text.slice(at + 1, end)
      if (/[$`]/.test(inside)) isLiteral = false
      value += inside.replace(/\\([$`"\\\n])/g, (_, escaped: string) => (escaped === '\n' ? '' : escaped))
      isQuoted = true
      at = end + 1
    } else if (character === '$' || character === '`') {
      const end = endOfExpansion(text, at)
      if (end === undefined) return undefined
      isLiteral = false
      at = end
    } else {
      if (EXPANDED.test(character)) isLiteral = false
      value += character
      at++
    }
  }
  return { token: { kind: 'word', text: value, isLiteral, isQuoted }, length: at }
}

/** The place of the closing quote. */
function endOfDoubleQuotes(text: string, start: number): number | undefined {
  let at = start
  while (at < text.length) {
    const character = text.charAt(at)
    if (character === '"') return at
    if (character === '\\') {
      at += 2
    } else if (character === '$' || character === '`') {
      const end = endOfExpansion(text, at)
      if (end === undefined) return undefined
      at = end
    } else {
      at++
    }
  }
  return undefined
}

/** The place behind `$name`, `${…}`, `$(…)` or backquotes. */
function endOfExpansion(text: string, start: number): number | undefined {
  if (text.charAt(start) === '`') return behindClosing(text, start + 1, '`')
  const next = text.charAt(start + 1)
  if (next === '(') return behindClosing(text, start + 2, ')')
  if (next === '{') return behindClosing(text, start + 2, '}')
  return start + 1
}

function behindClosing(text: string, start: number, closing: '`' | ')' | '}'): number | undefined {
  let at = start
  let depth = 1
  while (at < text.length) {
    const character = text.charAt(at)
    if (character === '\\') {
      at += 2
      continue
    }
    if (character === closing && --depth === 0) return at + 1
    if (closing !== '`') {
      if (character === (closing === ')' ? '(' : '{')) depth++
      const end =
        character === "'"
          ? text.indexOf("'", at + 1)
          : character === '"'
            ? endOfDoubleQuotes(text, at + 1)
            : at
      if (end === undefined || end === -1) return undefined
      at = end
    }
    at++
  }
  return undefined
}
