/** A short name for a job, from its command: the program and the words that tell it from other jobs. */

import { operandsOf, programsOf } from './program-words.ts'
import { baseName, type SimpleCommand } from './shell-words.ts'

const MAX_WORDS = 4
const MAX_LENGTH = 40

/** Commands that prepare a job or look whether it may run. The job is what comes behind them. */
const PREPARATIONS: ReadonlySet<string> = new Set(
  [
    'cd pushd test [ [[ ]] ]] export . source sleep set umask ulimit true false : trap mkdir wait exit return unset',
    'echo printf command type which hash pgrep pidof ps grep egrep fi done esac for case read local readonly date id } )',
  ].flatMap(line => line.split(' ')),
)

const INTERPRETER =
  /^(?:php|python|pypy|perl|ruby|node|nodejs|bun|deno|lua|Rscript|sh|bash|dash|ksh|zsh|java|npx|make|bundle)[0-9.]*$/

/** Between an interpreter and the script: `bundle exec`, `npm run`. */
const LINK_WORDS: ReadonlySet<string> = new Set(['exec', 'run'])

/** Names that many jobs have: the folder in front of them says more. */
const GENERIC_NAMES: ReadonlySet<string> = new Set(
  'run cron main index start job jobs task tasks script update daily hourly weekly monthly wrapper execute'.split(
    ' ',
  ),
)
const GENERIC_FOLDERS: ReadonlySet<string> = new Set(
  'bin sbin usr local opt home srv var www lib libexec share scripts script src current etc root html cron . ..'.split(
    ' ',
  ),
)

const URL_START = /^https?:\/\//
const NOISE = /^--(?:quiet|silent|verbose|no-interaction|no-ansi|report|yes|assume-yes|help|debug)$/
const SECRET = /pass|pwd|secret|token|key|auth|cred|user|login/i
/** The value of these may be a password or a user. */
const SECRET_SHORT = /^-[upkP]$/

/** @param shellCommand what cron hands to the shell */
export function jobSlug(shellCommand: string): string {
  const programs = programsOf(shellCommand)
  const main = programs.find(words => !isPreparation(words)) ?? programs[0] ?? []
  const folder = programs.find(([program]) => program === 'cd')?.[1] ?? ''
  const words = new Set(wordsOf(main, folder).map(slugOf))
  words.delete('')
  return joined([...words]) || 'job'
}

/** `perl -e 'sleep rand 300'` is one too. */
function isPreparation(command: SimpleCommand): boolean {
  const name = baseName(command[0] ?? '')
  return PREPARATIONS.has(name) || (INTERPRETER.test(name) && scriptOf(command) === command)
}

function wordsOf(command: SimpleCommand, folder: string): readonly string[] {
  const [program = '', ...others] = scriptOf(command)
  const name = withoutExtension(baseName(program))
  if (name === 'run-parts') return [lastName(operandsOf(others)[0] ?? '')]
  const path = program.startsWith('/') ? program : `${folder}/${program}`
  const front = GENERIC_NAMES.has(name.toLowerCase()) ? tellingFolder(path) : []
  return [...front, name, ...argumentWords(others)]
}

/** `php -q /srv/cron.php x` is the script with its arguments. */
function scriptOf(command: SimpleCommand): SimpleCommand {
  const [program = '', ...others] = command
  if (!INTERPRETER.test(baseName(program))) return command
  const operands = operandsOf(others, ['-c', '-e', '-r', '-cp', '-W', '-X', '-d', '-I', '-S'])
  const start = LINK_WORDS.has(operands[0] ?? '') ? operands.slice(1) : operands
  return start.length === 0 ? command : start
}

function tellingFolder(path: string): readonly string[] {
  const folders = path.split('/').slice(0, -1)
  const telling = folders.filter(each => each !== '' && !GENERIC_FOLDERS.has(each)).at(-1)
  return telling === undefined ? [] : [telling]
}

/** Options by their long names, without what may be a secret: the name is sent, and stands in URLs. */
function argumentWords(words: SimpleCommand): readonly string[] {
  const result: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const [name = '', ...value] = word.split('=')
    if (SECRET_SHORT.test(word) || (/^--/.test(word) && SECRET.test(name))) {
      if (value.length === 0) at += 1
    } else if (word.startsWith('--') && !NOISE.test(name)) {
      result.push(name)
      if (value.length > 0) result.push(...plainWord(value.join('=')))
    } else if (!word.startsWith('-') && (value.length === 0 || URL_START.test(word)))
      result.push(...plainWord(word))
  }
  return result
}

/** Nothing for addresses, sentences, expansions, and what looks like a key. */
function plainWord(word: string): readonly string[] {
  if (URL_START.test(word)) return [word.replace(/^https?:\/\/(?:[^/@]*@)?|[?#].*$/g, '')]
  if (/[\s@$`*\\{}<>"']/.test(word) || word === '/dev/null') return []
  const name = withoutExtension(lastName(word))
  return /^(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+/_-]{16,}$/.test(name) ? [] : [name]
}

/** Of a folder's path too: `cron.daily` of `/etc/cron.daily/`. */
function lastName(path: string): string {
  return baseName(path.replace(/\/+$/, ''))
}

function withoutExtension(name: string): string {
  return name.replace(
    /(?<=.)\.(?:sh|bash|ksh|zsh|py|pyc|pl|php|phar|rb|js|mjs|cjs|ts|jar|exe|lua|R|conf|cfg|cnf|ini|json|ya?ml|xml|txt|log|sql|gz|tar|tgz)$/,
    '',
  )
}

function slugOf(word: string): string {
  return word
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}

/** At most four words and forty characters. A word is only cut if it is the first. */
function joined(words: readonly string[]): string {
  let slug = (words[0] ?? '').slice(0, MAX_LENGTH).replace(/-+$/, '')
  for (const word of words.slice(1, MAX_WORDS)) {
    if (slug.length + 1 + word.length > MAX_LENGTH) break
    slug = `${slug}-${word}`
  }
  return slug
}
