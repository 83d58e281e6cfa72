/** The command line of `cronitor completions`. */

import { Argument, type Command, Option } from 'commander'
import { newCommand, usageError } from '../command-line.ts'
import type { OptionRow } from '../option-table.ts'
import { SHELLS } from './shells.ts'

const EXAMPLES = `
The packages install them. Else, in ~/.bashrc:
  eval "$(cronitor completions bash)"
in ~/.zshrc, after compinit:
  eval "$(cronitor completions zsh)"
and in ~/.config/fish/config.fish:
  cronitor completions fish | source

Exit status: 0 success, 2 the command line is wrong. More: man cronitor`

/** @param programs makes `cronitor` with all options of job control, whose words are completed */
export function completionsCommand(programs: (control: readonly OptionRow[]) => Command): Command {
  const shell = new Argument('[shell]', SHELLS.join(', '))
  // Not by `choices()`, whose error message does not fit one line.
  shell.argChoices = [...SHELLS]
  return newCommand('completions', [])
    .description('Print the completions of a shell for cronitor and cronitor-exec.')
    .usage('<bash | zsh | fish>')
    .addArgument(shell)
    .addOption(
      new Option('--keys', 'print the monitor keys that are known here, for the completions').hideHelp(),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined, { keys }: { readonly keys?: boolean }) => {
      if (keys) {
        const { printMonitorKeys } = await import('./monitor-keys.ts')
        // Exits at once, because an idle connection would keep Node.js running.
        process.exit(await printMonitorKeys())
      }
      const known = SHELLS.find(each => each === name)
      if (known === undefined) {
        const expected = 'give bash, zsh or fish'
        throw usageError(
          name === undefined ? `no shell: ${expected}` : `no completions for '${name}': ${expected}`,
        )
      }
      const { printCompletions } = await import('./print-completions.ts')
      await printCompletions(known, programs)
    })
}
