/** `cronitor completions`: prints a script that completes the command lines of cronitor and cronitor-exec in a shell. */

import type { Command } from 'commander'
import { CONTROL_OPTIONS } from '../exec/control/control-options.ts'
import { execCommand } from '../exec/exec-command.ts'
import type { OptionRow } from '../option-table.ts'
import { print } from '../terminal/print.ts'
import { bashScript } from './bash-script.ts'
import { type CompletedPrograms, completedCommand } from './completed-command.ts'
import { fishScript } from './fish-script.ts'
import type { Shell } from './shells.ts'
import { zshScript } from './zsh-script.ts'

export function completedPrograms(programs: (control: readonly OptionRow[]) => Command): CompletedPrograms {
  const wrapper = execCommand('cronitor-exec', async () => {}, CONTROL_OPTIONS)
  return { cronitor: completedCommand(programs(CONTROL_OPTIONS)), wrapper: completedCommand(wrapper) }
}

const SCRIPTS: Readonly<Record<Shell, (programs: CompletedPrograms) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

export function printCompletions(shell: Shell, programs: (control: readonly OptionRow[]) => Command): void {
  print(SCRIPTS[shell](completedPrograms(programs)))
}
