/** The state of a monitor or a run as a shape and a word. */

import type { MonitorState } from '../monitors/monitors.ts'
import type { RunState } from '../monitors/run-state.ts'
import { glyph } from './document.ts'
import { type Html, html } from './html.ts'

const MONITOR_WORDS: Readonly<Record<MonitorState, string>> = {
  late: 'Late',
  failing: 'Failing',
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

export function stateBadge(state: MonitorState): Html {
  return badge(state, MONITOR_WORDS[state])
}

export function runBadge(state: RunState): Html {
  return badge(RUN_SHAPES[state], RUN_WORDS[state])
}

function badge(shape: string, word: string): Html {
  return html`<span class="badge ${shape}">${glyph(shape)}<span>${word}</span></span>`
}
