/**
 * The words of a shell's command line, to recognise programs in it. It is no full shell: expansions stay as they are written, and
 * here-documents are not known. Nothing is changed or run by what it finds.
 */

/** The words of one simple command, without quotes and redirections. */
export type SimpleCommand = readonly string[]

const BLANKS = /^(?:[ \t\r]|\\\n)+/
const COMMENT = /^#[^\n]*/
const REDIRECTION = /^(?:[0-9]*(?:>>|>\||>&|<<<|<&|<>|>|<)|&>>?)[ \t]*/
const SEPARATOR = /^(?:&&|\|\||\|&|;;|[;&|\n()])/
/** Quotes, escapes, substitutions (with one level of parentheses in them), and other characters. */
const WORD =
  /^(?:'[^']*'?|"(?:[^"\\]|\\[\s\S])*"?|`[^`]*`?|\$\((?:[^()]|\([^()]*\))*\)?|\\[\s\S]|[^ \t\r\n;&|()<>])+/

/** @param commandLine what cron hands to the shell */
export function simpleCommands(commandLine: string): readonly SimpleCommand[] {
  const commands: string[][] = [[]]
  let rest = commandLine
  let isTarget = false
  while (rest !== '') {
    const blanks = BLANKS.exec(rest)?.[0] ?? ''
    rest = rest.slice(blanks.length)
    const skipped = COMMENT.exec(rest) ?? REDIRECTION.exec(rest)
    const separator = skipped === null ? SEPARATOR.exec(rest) : null
    const word = skipped === null && separator === null ? WORD.exec(rest) : null
    const [read = rest.slice(0, 1)] = skipped ?? separator ?? word ?? []
    if (separator !== null) commands.push([])
    if (word !== null && !isTarget) commands.at(-1)?.push(withoutQuotes(read))
    isTarget = skipped !== null
    rest = rest.slice(read.length)
  }
  return commands.filter(words => words.length > 0)
}

function withoutQuotes(word: string): string {
  return word.replace(
    /'([^']*)'?|"((?:[^"\\]|\\[\s\S])*)"?|\\([\s\S])/g,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
  )
}

/** The file name of a path: `backup.sh` of `/usr/local/bin/backup.sh`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
