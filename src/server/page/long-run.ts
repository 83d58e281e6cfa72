/** Marks a run that takes longer than all recent ones by far. */

import type { MonitorEnvironment } from '../monitors/monitors.ts'
import { glyph } from './document.ts'
import { type Html, html } from './html.ts'

/**
 * The mark is hidden until that time, because nothing happens then that would update the page: the client script shows it.
 * False if no run could become unusually long.
 */
export function longRunMark(environments: readonly MonitorEnvironment[], now: number): Html | false {
  const times = environments.map(({ longRunAt }) => longRunAt).filter(at => at !== undefined)
  if (times.length === 0) return false
  const at = Math.min(...times)
  return html` <span class="long" data-from="${at}"${now < at && html` hidden`}>${glyph('overrunning')}unusually long</span>`
}
