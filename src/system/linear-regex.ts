/**
 * Regular expressions of RE2's syntax, whose matching takes linear time whatever the expression and the text. Loaded on demand.
 */

import { RE2JS, RE2JSSyntaxException } from 're2js'

export interface LinearRegex {
  readonly source: string
  readonly groupNames: readonly string[]
  test(text: string): boolean
  /**
   * The matches from left to right, which do not overlap: at most `limit`. Each search takes linear time, but may read up to the
   * end of the text (`a[^b]*b|a`), so without a limit all of them would not.
   */
  matches(text: string, limit: number): RegexMatches
}

export interface RegexMatches {
  readonly found: readonly RegexMatch[]
  /** Where the search stopped because there are more matches; undefined if all were found. */
  readonly stoppedAt?: number
}

export interface RegexMatch {
  /** UTF-16 indexes. */
  readonly from: number
  readonly to: number
  /** By the names of the groups; undefined if the group took no part. */
  readonly groups: Readonly<Record<string, string | undefined>>
}

export type CompiledRegex =
  | { readonly ok: true; readonly regex: LinearRegex }
  | { readonly ok: false; readonly problem: string }

export function compileRegex(source: string): CompiledRegex {
  try {
    return { ok: true, regex: asLinear(source, RE2JS.compile(source)) }
  } catch (error) {
    const problem = error instanceof RE2JSSyntaxException ? error.getDescription() : String(error)
    return { ok: false, problem }
  }
}

function asLinear(source: string, compiled: RE2JS): LinearRegex {
  const groupNames = Object.keys(compiled.namedGroups())
  return {
    source,
    groupNames,
    test: text => compiled.test(text),
    matches(text, limit) {
      // Ten times as fast as a search that finds out where the groups are.
      if (!compiled.test(text)) return { found: [] }
      const matcher = compiled.matcher(text)
      const found: RegexMatch[] = []
      while (matcher.find()) {
        if (found.length === limit) return { found, stoppedAt: matcher.start() }
        const groups = Object.fromEntries(groupNames.map(name => [name, matcher.group(name) ?? undefined]))
        found.push({ from: matcher.start(), to: matcher.end(), groups })
      }
      return { found }
    },
  }
}
