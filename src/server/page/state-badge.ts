/** The state of a monitor or a run as a shape and a word. */

import type { MonitorEnvironment, MonitorState } from '../monitors/monitors.ts'
import type { RunState } from '../monitors/run-state.ts'
import { glyph } from './document.ts'
import { type Html, html } from './html.ts'

const MONITOR_WORDS: Readonly<Record<MonitorState, string>> = {
  failing: 'Failing',
  late: 'Late',
  overrunning: 'Overrunning',
  running: 'Running',
  healthy: 'Healthy',
  quiet: 'Quiet',
}

const RUN_WORDS: Readonly<Record<RunState, string>> = {
  complete: 'Complete',
  failed: 'Failed',
  running: 'Running',
  lost: 'No end',
}

const RUN_SHAPES: Readonly<Record<RunState, string>> = {
  complete: 'healthy',
  failed: 'failing',
  running: 'running',
  lost: 'lost',
}

export function stateWord(state: MonitorState): string {
  return MONITOR_WORDS[state]
}

/** The facts of a monitor, as a whole or in one environment. */
export type ShownState = Pick<MonitorEnvironment, 'state' | 'isLate'>

/** Two badges if the monitor is failing and also late. */
export function stateBadges({ state, isLate }: ShownState): Html {
  const first = badge(state, MONITOR_WORDS[state])
  if (!isLate || state === 'late') return first
  return html`<span class="badges">${first} ${badge('late', MONITOR_WORDS.late)}</span>`
}

/** `failing`, `late` or `failing and late`; undefined if the monitor is neither. */
export function problemInWords({ state, isLate }: ShownState): string | undefined {
  if (state === 'failing') return isLate ? 'failing and late' : 'failing'
  return isLate ? 'late' : undefined
}

export function runBadge(state: RunState): Html {
  return badge(RUN_SHAPES[state], RUN_WORDS[state])
}

function badge(shape: string, word: string): Html {
  return html`<span class="badge ${shape}">${glyph(shape)}<span>${word}</span></span>`
}
