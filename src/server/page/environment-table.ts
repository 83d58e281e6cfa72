/** The table of a monitor's environments on its page. */

import { ruleInWords } from '../monitors/describe-rule.ts'
import type { Monitor, MonitorEnvironment } from '../monitors/monitors.ts'
import { envName } from './environment-name.ts'
import { timeAgo, timeRelative } from './format.ts'
import { type Html, html } from './html.ts'
import { monitorPath } from './monitor-path.ts'
import { zonedDueTime } from './next-due.ts'
import { stateBadges } from './state-badge.ts'
import { type Column, phoneLabels, tableCells, tableHead } from './table.ts'

interface Row {
  readonly monitorKey: string
  readonly environment: MonitorEnvironment
  /** True if the page shows the runs of this environment alone. */
  readonly isChosen: boolean
}

const COLUMNS: readonly Column<Row>[] = [
  { header: 'State', className: 'state', cell: ({ environment }) => stateBadges(environment) },
  {
    header: 'Environment',
    className: 'host',
    isRowHeader: true,
    cell: ({ monitorKey, environment: { env }, isChosen }) =>
      html`<a href="${monitorPath(monitorKey, { env })}"${isChosen && html` aria-current="true"`}>${envName(env)}</a>`,
  },
  {
    header: 'Since',
    className: 'last',
    cell: ({ environment: { since } }, now) => (since === undefined ? '–' : timeAgo(since, now)),
    hiddenBelow: '44rem',
    phoneLabel: ({ environment: { since } }, now) =>
      since !== undefined && html`since ${timeRelative(since, now)}`,
  },
  {
    header: 'Last success',
    className: 'last',
    cell: ({ environment: { lastSuccessAt } }, now) =>
      lastSuccessAt === undefined ? 'none yet' : timeAgo(lastSuccessAt, now),
  },
  {
    header: 'Expected',
    className: 'expected',
    cell: ({ environment: { rule } }) => (rule === undefined ? '–' : ruleInWords(rule)),
    hiddenBelow: '44rem',
    phoneLabel: ({ environment: { rule } }) => rule !== undefined && html`${ruleInWords(rule)}`,
  },
  {
    header: 'Next due',
    className: 'last',
    cell: ({ environment }, now) => zonedDueTime(environment, now) ?? '–',
    hiddenBelow: '44rem',
    phoneLabel: ({ environment }, now) => {
      const due = zonedDueTime(environment, now)
      return due !== undefined && html`due ${due}`
    },
  },
]

/** Nothing for a monitor with one environment: the rest of the page is about it. */
export function environmentTable(
  { key, environments }: Monitor,
  chosenEnv: string | undefined,
  now: number,
): Html | false {
  if (environments.length < 2) return false
  return html`<h2>Environments</h2>
<div class="card"><table class="environments">
<caption class="unseen">Environments of ${key}</caption>
${tableHead(COLUMNS)}
<tbody>
${environments.map(environment => {
  const row = { monitorKey: key, environment, isChosen: environment.env === chosenEnv }
  return html`<tr>
${tableCells(COLUMNS, row, now, phoneLabels(COLUMNS, row, now))}
</tr>`
})}
</tbody>
</table></div>`
}
