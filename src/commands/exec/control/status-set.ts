/** Sets of exit statuses, written as `0,3-5`. */

export type ParsedStatusSet =
  | { readonly ok: true; readonly statuses: ReadonlySet<number> }
  | { readonly ok: false; readonly problem: string }

const HIGHEST = 255

/** Reads numbers and ranges from 0 to 255, joined by commas. */
export function parseStatusSet(text: string): ParsedStatusSet {
  const statuses = new Set<number>()
  for (const part of text.split(',')) {
    const [, first = '', last = first] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part) ?? []
    if (first === '' || Number(first) > Number(last) || Number(last) > HIGHEST) {
      return { ok: false, problem: `expected exit statuses from 0 to ${HIGHEST} such as 0,3-5` }
    }
    for (let status = Number(first); status <= Number(last); status += 1) statuses.add(status)
  }
  return { ok: true, statuses }
}
