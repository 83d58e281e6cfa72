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
export type ShownState = Pick<MonitorEnvironment, 'state' | 'isFailing' | 'isLate' | 'isOverrunning'>

/** More than one badge if the monitor is failing and also late, for example. */
export function stateBadges(shown: ShownState): Html {
  const first = badge(shown.state, MONITOR_WORDS[shown.state])
  const others = problemsOf(shown).filter(problem => problem !== shown.state)
  if (others.length === 0) return first
  return html`<span class="badges">${first}${others.map(problem => html` ${badge(problem, MONITOR_WORDS[problem])}`)}</span>`
}

/** `failing`, `failing and late` or `failing, late and overrunning`; undefined if there is no problem. */
export function problemInWords(shown: ShownState): string | undefined {
  const problems = problemsOf(shown)
  const last = problems.pop()
  return problems.length === 0 ? last : `${problems.join(', ')} and ${last}`
}

/** The states that need attention, from worst. Several can be true at the same time. */
export function problemsOf({
  isFailing,
  isLate,
  isOverrunning,
}: Pick<ShownState, 'isFailing' | 'isLate' | 'isOverrunning'>): ProblemState[] {
  const problems = { failing: isFailing, late: isLate, overrunning: isOverrunning }
  return PROBLEM_STATES.filter(problem => problems[problem])
}

const PROBLEM_STATES = ['failing', 'late', 'overrunning'] as const satisfies readonly MonitorState[]

type ProblemState = (typeof PROBLEM_STATES)[number]

export function runBadge(state: RunState): Html {
  return badge(RUN_SHAPES[state], RUN_WORDS[state])
}

function badge(shape: string, word: string): Html {
  return html`<span class="badge ${shape}">${glyph(shape)}<span>${word}</span></span>`
}
