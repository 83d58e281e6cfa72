/** A chart of a monitor's runs: start time across, duration upwards. */

import { axisDuration, readableDuration } from '../../system/duration.ts'
import type { Run } from '../monitors/monitors.ts'
import type { RunState } from '../monitors/run-state.ts'
import { durationTicks, timeTicks } from './axis-ticks.ts'
import { exactTime } from './format.ts'
import { type Html, html } from './html.ts'
import { barsInWords, median } from './run-charts.ts'

const TOP = 10
const HEIGHT = 180
const BOTTOM = 24
/** Margin at both ends in per cent, so that no mark is cut off. */
const SIDE = 1.5

/**
 * `runs` may be in any order. Horizontal positions are in per cent: the chart is as wide as the page, and its text is not
 * scaled. Undefined if no run has a time.
 */
export function timeline(runs: readonly Run[]): Html | undefined {
  const placed = runs
    .map(run => ({ run, at: run.startedAt ?? run.endedAt }))
    .filter((each): each is { run: Run; at: number } => each.at !== undefined)
    .sort((a, b) => a.at - b.at)
  const first = placed[0]
  const last = placed.at(-1)
  if (first === undefined || last === undefined) return undefined
  // A single run, or several at the same moment, are in the middle of a minute.
  const from = last.at - first.at > 0 ? first.at : first.at - 30_000
  const to = last.at - first.at > 0 ? last.at : last.at + 30_000
  const seconds = placed.map(({ run }) => run.durationSeconds).filter(value => value !== undefined)
  const heights = durationTicks(Math.max(0, ...seconds))
  const most = heights.at(-1) ?? 1
  const x = (at: number) => round(SIDE + ((at - from) / (to - from)) * (100 - 2 * SIDE))
  const y = (value: number) => round(TOP + (1 - value / most) * HEIGHT)

  const half = seconds.length > 0 ? `, half of them under ${readableDuration(median(seconds))}` : ''
  const label = `${barsInWords(placed.map(({ run }) => run))}, from ${exactTime(first.at)} to ${exactTime(last.at)}${half}. The table below lists them.`
  return html`<figure class="timeline">
<div class="plot">
<svg class="scale" width="58" height="${TOP + HEIGHT + BOTTOM}" aria-hidden="true">${heights.map(
    value => html`<text x="50" y="${y(value)}" dy="4" text-anchor="end">${axisDuration(value)}</text>`,
  )}</svg>
<svg class="field" role="img" aria-label="${label}" width="100%" height="${TOP + HEIGHT + BOTTOM}">
${heights.map(value => html`<line class="rule" x1="0" x2="100%" y1="${y(value)}" y2="${y(value)}"/>`)}
${timeTicks(from, to).map(
  (tick, index) =>
    html`<g class="${index % 2 === 1 ? 'tick other' : 'tick'}"><line x1="${x(tick.at)}%" x2="${x(tick.at)}%" y1="${TOP + HEIGHT}" y2="${TOP + HEIGHT + 5}"/><text x="${x(tick.at)}%" y="${TOP + HEIGHT + 18}" text-anchor="${anchor(x(tick.at))}">${tick.label}</text></g>`,
)}
${placed.map(({ run, at }) => mark(run, x(at), y(run.durationSeconds ?? 0), y(0)))}
</svg>
</div>
<figcaption>Duration of the runs by their start time. ${legend(placed.map(({ run }) => run.state))}</figcaption>
</figure>`
}

function mark(run: Run, left: number, top: number, ground: number): Html {
  const took = run.durationSeconds === undefined ? '' : `, ${readableDuration(run.durationSeconds)}`
  return html`<g class="${run.state}"><title>${exactTime(run.startedAt ?? run.endedAt ?? 0)}, ${WORDS[run.state]}${took}</title><line class="stem" x1="${left}%" x2="${left}%" y1="${ground}" y2="${top}"/>${shape(run.state, `${left}%`, top)}</g>`
}

function shape(state: RunState, x: string, y: number): Html {
  switch (state) {
    case 'complete':
      return html`<circle cx="${x}" cy="${y}" r="3.6"/>`
    case 'lost':
      return html`<circle cx="${x}" cy="${y}" r="3.4"/>`
    // A path cannot use per cent; the svg element around it can.
    case 'failed':
      return html`<svg x="${x}" y="${y}" class="mark"><path d="M-3.6-3.6l7.2 7.2m0-7.2l-7.2 7.2"/></svg>`
    case 'running':
      return html`<svg x="${x}" y="${y}" class="mark"><path d="M-2.8-4.2v8.4l6.4-4.2z"/></svg>`
  }
}

const WORDS: Readonly<Record<RunState, string>> = {
  complete: 'complete',
  failed: 'failed',
  running: 'running',
  lost: 'without an end',
}

function legend(states: readonly RunState[]): Html {
  return html`<span class="legend">${(['complete', 'failed', 'running', 'lost'] as const).map(
    state =>
      states.includes(state) &&
      html`<span class="${state}"><svg width="12" height="12" aria-hidden="true">${shape(state, '6', 6)}</svg> ${WORDS[state]}</span>`,
  )}</span>`
}

function anchor(left: number): string {
  return left < 5 ? 'start' : left > 95 ? 'end' : 'middle'
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
