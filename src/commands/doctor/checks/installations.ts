/** Several installations beside each other, and whose program the name `cronitor` calls. */

import { type CheckResult, fine, warning } from '../check-result.ts'
import type { ProgramKind } from '../probes/program-kind.ts'

export interface FoundInstallation {
  readonly name: 'cronitor' | 'cronitor-exec'
  readonly path: string
  readonly kind: ProgramKind
  /** Undefined if it is not known. */
  readonly version?: string
}

/** @param found in the order of PATH */
export function checkInstallations(found: readonly FoundInstallation[], ownCommand: string): CheckResult {
  const facts = { found }
  const first = found.find(({ name }) => name === 'cronitor')
  const others = found.filter(({ kind }) => kind !== 'this')
  const described = others.map(describe).join(', ')
  if (first !== undefined && first.kind !== 'this') {
    return warning(
      'installations',
      `cronitor on PATH is not this program: ${described}`,
      `call ${ownCommand}; cronitor-exec is not affected`,
      facts,
    )
  }
  const ours = others.filter(({ kind }) => kind === 'ours')
  if (ours.length > 0) {
    return warning(
      'installations',
      `there are other installations: ${ours.map(describe).join(', ')}`,
      'remove those that you do not need',
      facts,
    )
  }
  return others.length > 0
    ? fine('installations', `also on PATH, and not in the way: ${described}`, facts)
    : fine('installations', 'there is no other one', facts)
}

function describe({ path, kind, version }: FoundInstallation): string {
  switch (kind) {
    case 'this':
    case 'ours':
      return version === undefined ? path : `${path} (version ${version})`
    case 'official':
      return `${path} (the official client)`
    case 'other':
      return `${path} (another program)`
    default:
      return kind satisfies never
  }
}
