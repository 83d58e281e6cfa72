/** Splits the text of a rule into its words and their arguments. */

export const RULE_WORDS = ['every', 'cron', 'tz', 'grace', 'max', 'failures', 'recover'] as const

export type RuleWord = (typeof RULE_WORDS)[number]

export type TakenWord =
  | { readonly kind: 'word'; readonly word: RuleWord; readonly argument: string; readonly rest: string }
  /** `in ENVIRONMENT`, which takes all of the text, since an environment may contain white space. */
  | { readonly kind: 'env'; readonly env: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'wrong'; readonly problem: string }

/** What must follow each word, with an example. */
const ARGUMENTS: Readonly<Record<RuleWord, string>> = {
  every: 'a duration, such as every 25h',
  cron: 'an expression in quotes, such as cron "0 2 * * *"',
  tz: 'a time zone, such as tz Europe/Berlin',
  grace: 'a duration, such as grace 15m',
  max: 'a duration, such as max 2h',
  failures: 'a number, such as failures 2',
  recover: 'a number, such as recover 2',
}

/** Only blanks and tabs separate words. */
const WORD = /^[ \t]*([^ \t]+)[ \t]*/
const ARGUMENT = /^(?:"([^"]*)"|'([^']*)'|([^ \t"'][^ \t]*))(?:[ \t]+|$)/

export function isRuleWord(word: string): word is RuleWord {
  return (RULE_WORDS as readonly string[]).includes(word)
}

/** The first word of the text and what belongs to it. */
export function takeRuleWord(text: string): TakenWord {
  const [start = '', word] = WORD.exec(text) ?? []
  const rest = text.slice(start.length)
  if (word === undefined) return { kind: 'end' }
  if (word === 'in') {
    return rest === '' ? wrong('in must be followed by an environment') : { kind: 'env', env: rest }
  }
  if (!isRuleWord(word)) return wrong(`unknown word ${JSON.stringify(word)}: expected ${expectedWords()}`)
  const [whole, double, single, plain] = ARGUMENT.exec(rest) ?? []
  // Without quotes, the end of a cron expression could not be told from the next word.
  const needsQuotes = word === 'cron' && plain !== undefined && !plain.startsWith('@')
  if (whole === undefined || needsQuotes) return wrong(`${word} must be followed by ${ARGUMENTS[word]}`)
  return {
    kind: 'word',
    word,
    argument: double ?? single ?? plain ?? '',
    rest: rest.slice(whole.length),
  }
}

/** For errors: all words that may stand in a rule. */
export function expectedWords(): string {
  return `${RULE_WORDS.join(', ')} or in`
}

function wrong(problem: string): TakenWord {
  return { kind: 'wrong', problem }
}
