/** Loads the options of job control if a command line may need them. */

import type { OptionRow } from '../option-table.ts'
import { mayNameControl } from './control-option-names.ts'

export async function loadControlOptions(argv: readonly string[]): Promise<readonly OptionRow[]> {
  if (!mayNameControl(argv)) return []
  const { CONTROL_OPTIONS } = await import('./control/control-options.ts')
  return CONTROL_OPTIONS
}
