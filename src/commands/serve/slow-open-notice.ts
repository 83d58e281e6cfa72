/** Says so if the database takes long to open: after an upgrade it may be converted first. */

import { type Sleep, sleep } from '../../system/sleep.ts'

const SLOW_MS = 10_000

export async function withSlowOpenNotice<Result>(
  open: () => Promise<Result>,
  warn: (text: string) => void,
  wait: Sleep = sleep,
): Promise<Result> {
  const isDone = new AbortController()
  void wait(SLOW_MS, isDone.signal).then(() => {
    if (!isDone.signal.aborted) {
      warn('the database is not open yet: after an upgrade it is converted, which can take a minute or more')
    }
  })
  try {
    return await open()
  } finally {
    isDone.abort()
  }
}
