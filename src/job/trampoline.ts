/**
 * Starts the job through `sh` if Node.js would change what the job inherits: Node.js raises the soft limit of open
 * files, resets ignored signals, opens /dev/null for closed descriptors, and loses bytes that are not valid UTF-8. The
 * shell becomes the job by `exec`, so the process stays the same.
 */

import { isUtf8 } from 'node:buffer'
import type { JobEnvironment } from './environment.ts'
import type { LaunchNotes } from './launch-notes.ts'

/** A valid name of a shell variable (POSIX, 3.216). dash drops all others from the environment. */
const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Variables that a shell sets at its start. The script restores them. */
const SET_BY_SHELLS = ['PWD', 'OLDPWD']

/** Variables that a shell sets too, and that the script cannot restore without side effects. They are set by `env`. */
const KEPT_BY_SHELLS: ReadonlySet<string> = new Set(
  'IFS OPTIND PPID PS4 LINENO RANDOM SECONDS HISTCMD BASH BASHOPTS SHELLOPTS KSH_VERSION'.split(' '),
)

/** Bun does not pass on a variable of this name. It is set by `env`. */
const DROPPED_BY_BUN = '__proto__'

/**
 * Returns `command` if there is nothing to restore, else `sh -c '…' sh command…`.
 * `rawCommand` has the same arguments as bytes; undefined if all are valid UTF-8. `gate` is a descriptor from which the shell
 * reads a line before it becomes the job. At the end of the file, it exits instead.
 */
export function throughTrampoline(
  command: readonly string[],
  rawCommand: readonly Buffer[] | undefined,
  environment: JobEnvironment,
  notes: LaunchNotes,
  gate?: number,
): readonly string[] {
  const raw = environment.filter(variable => variable.raw !== undefined)
  const steps: string[] = []
  if (notes.softOpenFiles !== undefined) steps.push(...limitOpenFiles(notes.softOpenFiles))
  const { blockedSignals: blocked, ignoredSignals: ignored } = notes
  // Blocked signals are ignored until they are blocked again, so that they do not end the shell.
  const kept = [...new Set([...ignored, ...blocked])]
  if (kept.length > 0) steps.push(`trap '' ${kept.join(' ')}`)
  if (gate !== undefined) steps.push(`IFS= read -r _cx_b <&${gate} || exit 75`, `exec ${gate}<&-`)
  if (rawCommand !== undefined || raw.length > 0) steps.push(BYTES)
  for (const { name, raw: value } of raw) {
    if (value !== undefined && isShells(name)) steps.push(`bytes ${octal(value)}; export ${name}="$_cx_b"`)
  }
  const dropped = environment.filter(({ name }) => !isShells(name))
  const entries = dropped.filter(({ raw }) => raw === undefined).map(({ name, value }) => `${name}=${value}`)
  if (rawCommand !== undefined) {
    // Only the arguments that are not valid UTF-8: a shell's script may have at most 128 KiB (MAX_ARG_STRLEN).
    const cases = rawCommand.flatMap((word, index) =>
      isUtf8(word) ? [] : [`${entries.length + index}) bytes ${octal(word)} ;;`],
    )
    steps.push(
      '_cx_i=0 _cx_n=$#',
      `while [ $_cx_i -lt $_cx_n ]; do _cx_b=$1; shift; case $_cx_i in ${cases.join(' ')} esac`,
      'set -- "$@" "$_cx_b"; _cx_i=$((_cx_i + 1)); done',
    )
  }
  if (notes.closedDescriptors.length > 0) {
    steps.push(`exec ${notes.closedDescriptors.map(fd => (fd === 0 ? '0<&-' : `${fd}>&-`)).join(' ')}`)
  }
  if (steps.length === 0 && !environment.some(({ name }) => name === DROPPED_BY_BUN)) return command
  for (const name of SET_BY_SHELLS) steps.push(...restore(name, environment))
  for (const { name, raw: bytes, rawName = Buffer.from(name) } of dropped) {
    if (bytes === undefined) continue
    const entry = octal(Buffer.concat([rawName, Buffer.from('='), bytes]))
    steps.push(`bytes ${entry}; set -- "$_cx_b" "$@"`)
  }
  const notIgnored = blocked.filter(signal => !ignored.includes(signal))
  const byEnv = `/usr/bin/env ${asBefore(environment)}`
  // bash reads a command that begins with `-` as an option of exec, and dash does not support `exec --`.
  if (dropped.length > 0 || command[0]?.startsWith('-')) {
    steps.push(...blocking(blocked, notIgnored, byEnv), `exec ${byEnv} "$@"`)
  } else {
    const level = environment.find(({ name }) => name === 'SHLVL')?.value ?? ''
    steps.push(
      ...blocking(blocked, notIgnored, byEnv),
      // bash decreases SHLVL at `exec`; other shells do not.
      `[ -z "\${KSH_VERSION-}" ] && { [ -n "\${BASH_VERSION-}" ] || [ "\${SHLVL-}" = ${quote(level)} ]; } || exec ${byEnv} "$@"`,
      'exec "$@"',
    )
  }
  return ['/bin/sh', '-c', steps.join('\n'), 'sh', ...entries, ...command]
}

/** The variables that a shell passes on. The others, which it would drop, are passed as arguments. */
export function environmentForShell(environment: JobEnvironment): JobEnvironment {
  return environment.filter(({ name }) => isShells(name))
}

function limitOpenFiles(soft: string): readonly string[] {
  // lksh has a ulimit without effect.
  const otherwise = `case \${KSH_VERSION-} in *LEGACY*) prlimit --pid $$ --nofile=${soft}: ;; esac`
  return [`ulimit -Sn ${soft}`, otherwise]
}

/** Arguments for `env` that restore the variables which shells other than dash change. */
function asBefore(environment: JobEnvironment): string {
  const absent: string[] = []
  const present: string[] = []
  for (const name of ['SHLVL', '_', 'KSH_VERSION', 'A__z']) {
    const variable = environment.find(candidate => candidate.name === name)
    if (variable === undefined) absent.push(`-u ${name}`)
    else if (variable.raw === undefined) present.push(quote(`${name}=${variable.value}`))
  }
  return [...absent, '--', ...present].join(' ')
}

/**
 * Blocks signals for the job, since Node.js unblocks all signals in its children. Only GNU env and Perl can do this for
 * a program that they run. The shell ignores the signals until then; those in `notIgnored` then get their default
 * action.
 */
function blocking(
  signals: readonly number[],
  notIgnored: readonly number[],
  byEnv: string,
): readonly string[] {
  if (signals.length === 0) return []
  const all = signals.join(',')
  const defaults = notIgnored.join(',')
  // The order matters: `--default-signal` also unblocks the signals.
  const options = `${defaults && `--default-signal=${defaults} `}--block-signal=${all}`
  const program = `use POSIX; sigprocmask(SIG_BLOCK, POSIX::SigSet->new(${all})); sigaction($_, POSIX::SigAction->new("DEFAULT")) for (${defaults}); exec { $ARGV[0] } @ARGV; exit 126`
  return [
    `if /usr/bin/env ${options} /bin/sh -c : 2>/dev/null; then exec /usr/bin/env ${options} ${byEnv.replace('/usr/bin/env ', '')} "$@"`,
    `elif [ -x /usr/bin/perl ]; then exec /usr/bin/perl -e ${quote(program)} ${byEnv} "$@"`,
    'fi',
    ...(defaults === '' ? [] : [`trap - ${notIgnored.join(' ')}`]),
  ]
}

/** True if a shell passes on a variable of this name with the value that the script gives it. */
function isShells(name: string): boolean {
  return SHELL_NAME.test(name) && !KEPT_BY_SHELLS.has(name) && name !== DROPPED_BY_BUN
}

function restore(name: string, environment: JobEnvironment): readonly string[] {
  const variable = environment.find(candidate => candidate.name === name)
  if (variable === undefined) return [`unset ${name}`]
  // A value that is not valid UTF-8 has been set above.
  return variable.raw === undefined ? [`export ${name}=${quote(variable.value)}`] : []
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Puts bytes, given in octal, into $_cx_b. Command substitution drops trailing newlines; the `x` protects them. */
const BYTES = `bytes() { _cx_b=$(printf "$1x"); _cx_b=\${_cx_b%x}; }`

function octal(bytes: Buffer): string {
  return `'${Array.from(bytes, byte => `\\${byte.toString(8).padStart(3, '0')}`).join('')}'`
}
