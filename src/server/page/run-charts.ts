/** Two small charts of a monitor's last runs: bars, and a line of durations. Each has a description in words. */

import { readableDuration } from '../../system/duration.ts'
import type { Run } from '../monitors/monitors.ts'
import type { RunState } from '../monitors/run-state.ts'
import { type Html, html } from './html.ts'

const BARS = 30
const BAR_STEP = 5
const BAR_WIDTH = 4
const BAR_HEIGHT = 22
/** The height of the strip below the bars. It marks failed runs, whose bars show only their duration. */
const MARK_HEIGHT = 5

const STATES: readonly RunState[] = ['complete', 'failed', 'running', 'lost']

/** The newest run is at the right. `runs` is oldest first. One path for each state keeps the markup short. */
export function runBars(runs: readonly Run[]): Html {
  const shown = runs.slice(-BARS)
  const longest = Math.max(0, ...shown.map(run => run.durationSeconds ?? 0))
  const paths: Record<RunState, string> = { complete: '', failed: '', running: '', lost: '' }
  let marks = ''
  for (const [index, run] of shown.entries()) {
    const x = (BARS - shown.length + index) * BAR_STEP
    const share = longest > 0 ? (run.durationSeconds ?? 0) / longest : 0
    const height = Math.max(3, Math.round(share * BAR_HEIGHT))
    paths[run.state] += bar(run.state, x, height)
    if (run.state === 'failed') marks += `M${x} ${BAR_HEIGHT + MARK_HEIGHT + 1}l2-4 2 4z`
  }
  const height = BAR_HEIGHT + MARK_HEIGHT + 1
  return html`<svg class="bars" role="img" aria-label="${barsInWords(shown)}" width="${BARS * BAR_STEP}" height="${height}" viewBox="0 0 ${BARS * BAR_STEP} ${height}">${STATES.map(
    state => paths[state] !== '' && html`<path class="${state}" d="${paths[state]}"/>`,
  )}${marks !== '' && html`<path class="mark" d="${marks}"/>`}</svg>`
}

/** A thick line for a run that has ended, a hollow box for a lost one, an arrow for a running one. */
function bar(state: RunState, x: number, height: number): string {
  switch (state) {
    case 'complete':
    case 'failed':
      return `M${x + BAR_WIDTH / 2} ${BAR_HEIGHT}v-${height}`
    case 'lost':
      return `M${x + 0.5} ${BAR_HEIGHT - 7.5}h3v7h-3z`
    case 'running':
      return `M${x} ${BAR_HEIGHT - 10}l4 5-4 5z`
  }
}

export function barsInWords(runs: readonly Run[]): string {
  if (runs.length === 0) return 'No runs yet'
  const words = { complete: 'complete', failed: 'failed', running: 'running', lost: 'without an end' }
  const counts = STATES.map(state => [runs.filter(run => run.state === state).length, words[state]] as const)
  const parts = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
  return `The last ${runs.length === 1 ? 'run' : `${runs.length} runs`}: ${parts.join(', ')}`
}

const LINE_WIDTH = 120
const LINE_HEIGHT = 28
const INSET = 3

/** Undefined if fewer than two runs have a duration. */
export function durationLine(runs: readonly Run[]): Html | undefined {
  const durations = runs.map(run => run.durationSeconds).filter(seconds => seconds !== undefined)
  const last = durations.at(-1)
  if (last === undefined || durations.length < 2) return undefined
  const least = Math.min(...durations)
  const most = Math.max(...durations)
  const step = (LINE_WIDTH - 2 * INSET) / (durations.length - 1)
  const points = durations.map((seconds, index) => {
    const share = most > least ? (seconds - least) / (most - least) : 0.5
    return [round(INSET + index * step), round(LINE_HEIGHT - INSET - share * (LINE_HEIGHT - 2 * INSET))]
  })
  const [x, y] = points.at(-1) ?? []
  const label = `Durations of the last ${durations.length} runs: from ${readableDuration(least)} to ${readableDuration(most)}, half of them under ${readableDuration(median(durations))}, the latest ${readableDuration(last)}`
  return html`<svg class="line" role="img" aria-label="${label}" width="${LINE_WIDTH}" height="${LINE_HEIGHT}" viewBox="0 0 ${LINE_WIDTH} ${LINE_HEIGHT}"><path d="M${points.map(([left, top]) => `${left} ${top}`).join('L')}"/><circle cx="${x ?? 0}" cy="${y ?? 0}" r="2.2"/></svg>`
}

/** `values` must not be empty. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
