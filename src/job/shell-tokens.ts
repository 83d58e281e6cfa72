/** Names that only a shell understands (builtins and reserved words), and hints for users who run them as a program. */

/**
 * The builtins of POSIX (2.14, and the `intrinsic` ones of 1.7), and those that bash, ksh, zsh and dash add. Texts, because most
 * runs ask for none of them, and making a set takes the executable 0.3 ms.
 */
const BUILTINS = [
  '. : break continue eval exec exit export readonly return set shift times trap unset',
  'alias bg cd command fc fg getopts hash jobs kill read type ulimit umask unalias wait',
  '[ echo false printf pwd test true',
  'bind builtin caller chdir compgen complete compopt declare dirs disown enable help history let local logout',
  'mapfile popd print pushd readarray rehash setopt shopt source suspend typeset unsetopt whence',
]

/** Reserved words and other parts of the shell's syntax. */
const RESERVED = [
  '! { } [[ case coproc do done elif else esac fi for function if in select then time until while',
]

export function isShellBuiltin(name: string): boolean {
  return isOneOf(BUILTINS, name)
}

function isOneOf(lines: readonly string[], name: string): boolean {
  return lines.some(line => line.split(' ').includes(name))
}

/** A likely reason why the program `argv[0]` was not found, to append to a message; empty if none is known. */
export function hintFor(argv: readonly string[]): string {
  const [name = ''] = argv
  // Word processors replace two hyphens by an en dash or an em dash.
  if (/^[-\u2010-\u2015]{1,2}[A-Za-z0-9]/.test(name))
    return ' (options of the wrapper go before the monitor key)'
  if (argv.length === 1) return ''
  if (isShellBuiltin(name)) return ' (a shell builtin: quote the whole line, so that a shell runs it)'
  if (isOneOf(RESERVED, name)) return ' (shell syntax: quote the whole line, so that a shell runs it)'
  return ''
}
