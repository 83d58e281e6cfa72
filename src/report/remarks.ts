/** Lines about a run for the event log. They may come before the log is open. */

export interface Remarks {
  add(text: string): void
  /** Called with each line, also with earlier ones. */
  listen(listener: (text: string) => void): void
}

export function createRemarks(): Remarks {
  const lines: string[] = []
  let listener: ((text: string) => void) | undefined
  return {
    add(text) {
      if (listener === undefined) lines.push(text)
      else listener(text)
    },
    listen(next) {
      listener = next
      for (const line of lines.splice(0)) next(line)
    },
  }
}
