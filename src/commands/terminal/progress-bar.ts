/** A bar on a terminal that shows how far something is. */

import { writeSync } from 'node:fs'
import { monotonicMs } from '../../system/clock.ts'

export interface ProgressBar {
  /** One more is done. */
  step(): void
  /** Takes the bar away. */
  end(): void
}

const WIDTH = 30

/** Milliseconds between two drawings. */
const PAUSE_MS = 100

/** Draws nothing unless `isShown`. More can be done in the end than `total`: there is something new now and then. */
export function createProgressBar(descriptor: number, isShown: boolean, total: number): ProgressBar {
  if (!isShown || total === 0) return { step() {}, end() {} }
  let done = 0
  let drawnAt = 0
  const write = (text: string): void => {
    try {
      writeSync(descriptor, text)
    } catch {
      // A terminal that is gone needs no bar.
    }
  }
  const draw = (): void => {
    const share = Math.min(1, done / total)
    const full = Math.round(share * WIDTH)
    write(`\r[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}] ${done} of ${Math.max(total, done)}`)
  }
  draw()
  return {
    step() {
      done += 1
      if (monotonicMs() - drawnAt < PAUSE_MS) return
      drawnAt = monotonicMs()
      draw()
    },
    // EL of ECMA-48: erase to the end of the line.
    end: () => write('\r\u001b[K'),
  }
}
