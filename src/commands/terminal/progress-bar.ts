/** A progress bar on a terminal. */

import { writeSync } from 'node:fs'
import { monotonicMs } from '../../system/clock.ts'

export interface ProgressBar {
  /** Counts one more item as done. */
  advance(): void
  /** Erases the bar. */
  end(): void
}

const WIDTH = 30

/** The shortest time between two redraws, in milliseconds. */
const REDRAW_MS = 100

/** Draws nothing unless `isShown`. More items than `total` can be done, because new ones may arrive. */
export function createProgressBar(descriptor: number, isShown: boolean, total: number): ProgressBar {
  if (!isShown || total === 0) return { advance() {}, end() {} }
  let done = 0
  let drawnAt = 0
  const write = (text: string): void => {
    try {
      writeSync(descriptor, text)
    } catch {
      // The terminal was closed.
    }
  }
  const draw = (): void => {
    const share = Math.min(1, done / total)
    const full = Math.round(share * WIDTH)
    write(`\r[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}] ${done} of ${Math.max(total, done)}`)
  }
  draw()
  return {
    advance() {
      done += 1
      if (monotonicMs() - drawnAt < REDRAW_MS) return
      drawnAt = monotonicMs()
      draw()
    },
    // Erases to the end of the line (ECMA-48, EL).
    end: () => write('\r\u001b[K'),
  }
}
