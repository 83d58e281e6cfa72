/**
 * Which events, or changes of a health, this server has told its listeners of. Ids ascend in the order of commits among all
 * servers, but a server tells its own ones at once. It may learn later that another server has stored an earlier one.
 */

/** Ids from `first` to `last`. */
export interface IdRange {
  readonly first: number
  readonly last: number
}

export interface ToldIds {
  /**
   * This server stores rows with these ids, and tells of them itself. If this is called before COMMIT is sent, they are never
   * taken for rows of another server. Call told() or release() afterwards.
   */
  readonly reserve: (range: IdRange) => void
  readonly told: (range: IdRange) => void
  /** COMMIT has failed. The rows may be there all the same, or other rows with these ids. */
  readonly release: (range: IdRange) => void
  /** The ids up to `newest` that were not told, and that no transaction under way has reserved. */
  readonly missing: (newest: number) => readonly IdRange[]
}

/** `upTo`: the newest id when this server started. */
export function createToldIds(upTo: number): ToldIds {
  let next = upTo + 1
  /** Above `next`, ascending. */
  const told: IdRange[] = []
  let reserved: IdRange[] = []

  const advance = () => {
    told.sort((one, other) => one.first - other.first)
    while (told[0] !== undefined && told[0].first <= next) {
      next = Math.max(next, told[0].last + 1)
      told.shift()
    }
  }
  const release = (range: IdRange) => {
    reserved = reserved.filter(other => other !== range)
  }
  return {
    reserve: range => {
      reserved.push(range)
    },
    told: range => {
      release(range)
      told.push(range)
      advance()
    },
    release,
    missing: newest => {
      const ranges: IdRange[] = []
      let from = next
      for (const { first, last } of [...told, ...reserved].sort((a, b) => a.first - b.first)) {
        if (first > from) ranges.push({ first: from, last: Math.min(first - 1, newest) })
        from = Math.max(from, last + 1)
        if (from > newest) break
      }
      if (from <= newest) ranges.push({ first: from, last: newest })
      return ranges.filter(range => range.first <= range.last)
    },
  }
}
