/** A shell in a terminal, in which the Tab key completes command lines. */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { paths, run } from './run.ts'
import { tempDir } from './temp.ts'
import { hasPty, startInTerminal } from './terminal.ts'
import { until } from './until.ts'

export const TAB = '\t'

const BASH_COMPLETION = '/usr/share/bash-completion/bash_completion'

interface Kind {
  readonly shell: 'bash' | 'zsh' | 'fish'
  readonly argv: readonly string[]
  /** Where a package puts the script, below HOME; else the shell evaluates it. */
  readonly installed?: readonly string[]
  /** Loads the completions, and binds Ctrl-G to `dump` and Ctrl-X Ctrl-A to insert all candidates. `OUT` is a file. */
  readonly setup: (script: string) => readonly string[]
  /** The file below HOME that has the setup; else it is typed. */
  readonly file?: string
  /** A program's file that must be there. */
  readonly needs?: string
}

const BASH = [
  "PS1='$ '; bind 'set bell-style none'; bind 'set completion-query-items 0'; set +o history",
  `dump() { printf '%s\\0' "$READLINE_LINE" >> "$OUT"; }`,
  `bind -x '"\\C-g": dump'; bind '"\\C-x\\C-a": insert-completions'`,
]

const ZSH = [
  "PS1='$ '; unsetopt beep; LISTMAX=0",
  'dump() { print -rN -- "$BUFFER" >> "$OUT"; }; zle -N dump; bindkey "^G" dump',
  "zle -C all complete-word _generic; bindkey '^X^A' all; zstyle ':completion:all:*' insert yes",
  "zstyle ':completion:all::::' completer _all_matches _complete; zstyle ':completion:*' old-matches no",
]

const FISH = [
  "function fish_prompt; echo '$ '; end; set -g fish_greeting",
  "bind \\cg 'commandline | string join0 >> $OUT'; bind \\cx\\ca all",
  "function all; commandline -r -- (complete -C (commandline -c) | string replace -r '\\t.*' '' | string join ' '); end",
]

const KINDS = {
  bash: {
    shell: 'bash',
    argv: ['bash', '--norc', '--noprofile', '-i'],
    setup: script => [...BASH, `eval "$(cat '${script}')"`],
  },
  'bash with bash-completion': {
    shell: 'bash',
    argv: ['bash', '--norc', '--noprofile', '-i'],
    installed: ['bash-completion/completions/cronitor', 'bash-completion/completions/cronitor-exec'],
    setup: () => [...BASH, `. ${BASH_COMPLETION}`],
    needs: BASH_COMPLETION,
  },
  zsh: {
    shell: 'zsh',
    argv: ['zsh', '-f', '-i'],
    setup: script => ['autoload -Uz compinit; compinit -u -D', `eval "$(cat '${script}')"`, ...ZSH],
  },
  'zsh with an installed file': {
    shell: 'zsh',
    argv: ['zsh', '-f', '-i'],
    installed: ['site-functions/_cronitor'],
    setup: () => ['fpath=(~/data/site-functions $fpath); autoload -Uz compinit; compinit -u -D', ...ZSH],
  },
  fish: {
    shell: 'fish',
    argv: ['fish', '-i'],
    installed: ['fish/vendor_completions.d/cronitor.fish', 'fish/vendor_completions.d/cronitor-exec.fish'],
    setup: () => FISH,
    file: 'config/fish/config.fish',
  },
} satisfies Record<string, Kind>

export type KindName = keyof typeof KINDS

export const KIND_NAMES = Object.keys(KINDS) as KindName[]

/** Why there is no such shell here, for the name of a test; undefined if there is one. */
export function whyNot(name: KindName): string | undefined {
  const { shell, needs }: Kind = KINDS[name]
  if (!hasPty) return 'python3 has no pty here'
  if (spawnSync(shell, ['--version']).error !== undefined) return `there is no ${shell}`
  return needs !== undefined && !existsSync(needs) ? `there is no ${needs}` : undefined
}

export interface CompletingShell {
  /** The line after these keys were typed. */
  readonly line: (typed: string) => Promise<string>
  /** Types the keys and Enter. */
  readonly enter: (typed: string) => void
  /** All that the terminal has shown. */
  readonly shown: () => string
  /** What can follow, as words. */
  readonly candidates: (typed: string) => Promise<readonly string[]>
}

/** @param bin a folder in front of PATH, with the programs `cronitor` and `cronitor-exec` */
export async function startShell(name: KindName, bin: string): Promise<CompletingShell> {
  const { shell, argv, installed = [], setup, file }: Kind = KINDS[name]
  const home = tempDir('shell')
  const out = join(home, 'lines')
  const script = join(home, 'script')
  writeFileSync(out, '')
  const { stdout } = await run([paths.bin.cronitor, 'completions', shell])
  writeFileSync(script, stdout)
  for (const path of installed) {
    mkdirSync(join(home, 'data', path, '..'), { recursive: true })
    symlinkSync(script, join(home, 'data', path))
  }
  const commands = setup(script)
    .map(each => `${each}\n`)
    .join('')
  // Else fish reads all manual pages in the background, and goes on after its end.
  mkdirSync(join(home, 'data/fish/generated_completions'), { recursive: true })
  if (file !== undefined) {
    mkdirSync(join(home, file, '..'), { recursive: true })
    writeFileSync(join(home, file), commands)
  }
  const terminal = startInTerminal(argv, {
    timeoutMs: 170_000,
    env: {
      HOME: home,
      PATH: `${bin}:/usr/bin:/bin`,
      LANG: 'C.UTF-8',
      OUT: out,
      XDG_DATA_HOME: join(home, 'data'),
      XDG_DATA_DIRS: join(home, 'data'),
      XDG_CONFIG_HOME: join(home, 'config'),
    },
  })
  const lines = () => readFileSync(out, 'utf8').split('\0').slice(0, -1)
  const line = async (typed: string) => {
    const count = lines().length
    terminal.type(`${typed}\x07`)
    await until(
      () => `a line after ${JSON.stringify(typed)}: ${terminal.output().stdout}`,
      () => lines().length > count,
    )
    terminal.type('\x15')
    return lines().at(-1) ?? ''
  }
  await until('a prompt', () => terminal.output().stdout.length > 0)
  if (file === undefined) terminal.type(commands)
  return {
    line,
    shown: () => String(terminal.output().stdout),
    enter: typed => terminal.type(`${typed}\r`),
    candidates: async typed => {
      const written = await line(`${typed}\x18\x01`)
      const rest = shell === 'fish' ? written : written.slice(typed.search(/\S*$/))
      return [...new Set(rest.split(/\s+/).filter(word => word !== ''))].toSorted()
    },
  }
}
