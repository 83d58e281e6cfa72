/** Compiles the regular expressions of a run. Their library is loaded only if there are any. */

import { errorMessage } from '../../../system/error-message.ts'
import type { LinearRegex } from '../../../system/linear-regex.ts'
import type { Control } from './control.ts'

const NAMES = ['failIf', 'require', 'metricFrom', 'redact'] as const

type PatternName = (typeof NAMES)[number]

export interface Patterns {
  readonly failIf: readonly LinearRegex[]
  readonly require: readonly LinearRegex[]
  readonly metricFrom: readonly LinearRegex[]
  readonly redact: readonly LinearRegex[]
  /** True if something must be redacted, and it is not known what. */
  readonly redactsAll: boolean
  /** True if --require is given, and nothing can be matched. */
  readonly cannotMatch: boolean
  readonly warnings: readonly string[]
}

type Load = () => Promise<typeof import('../../../system/linear-regex.ts')>

/** @param usageError makes the error that is thrown for a wrong expression on the command line */
export async function loadPatterns(
  control: Pick<Control, PatternName>,
  origins: ReadonlyMap<keyof Control, string>,
  usageError: (problem: string) => Error,
  load: Load = () => import('../../../system/linear-regex.ts'),
): Promise<Patterns> {
  const patterns = { failIf: [], require: [], metricFrom: [], redact: [] } as Record<
    PatternName,
    LinearRegex[]
  >
  const warnings: string[] = []
  let redactsAll = false
  const given = NAMES.filter(name => control[name] !== undefined)
  if (given.length === 0) return { ...patterns, redactsAll, cannotMatch: false, warnings }
  let compile: Awaited<ReturnType<Load>>['compileRegex']
  try {
    compile = (await load()).compileRegex
  } catch (error) {
    const options = given.map(name => origins.get(name) ?? name).join(', ')
    const problem = `regular expressions cannot be used: ${errorMessage(error)}`
    return {
      ...patterns,
      redactsAll: control.redact !== undefined,
      cannotMatch: control.require !== undefined,
      warnings: [`${problem}; going on without ${options}`],
    }
  }
  for (const name of given) {
    const origin = origins.get(name) ?? name
    for (const source of control[name] ?? []) {
      const compiled = compile(source)
      const problem = compiled.ok ? missingGroup(name, compiled.regex) : compiled.problem
      if (compiled.ok && problem === undefined) {
        patterns[name].push(compiled.regex)
        continue
      }
      // What must be redacted is not shown.
      const shown = name === 'redact' ? '' : ` ${source}`
      const text = `${origin}: wrong regular expression${shown}: ${problem}`
      if (origin.startsWith('--')) throw usageError(text)
      redactsAll ||= name === 'redact'
      warnings.push(`${text}; going on without ${redactsAll ? 'the output in the report' : 'it'}`)
    }
  }
  return { ...patterns, redactsAll, cannotMatch: false, warnings }
}

function missingGroup(name: PatternName, { groupNames }: LinearRegex): string | undefined {
  if (name !== 'metricFrom') return undefined
  const missing = ['name', 'value'].find(each => !groupNames.includes(each))
  return missing && `it has no group (?P<${missing}>…)`
}
