/** What a run would do, with each setting and where it comes from, as text. */

import { buildRequest, describeRequest } from '../../../client/request.ts'
import { commandToRun } from '../../../job/command.ts'
import { environmentFromProcess } from '../../../job/environment.ts'
import { whyCannotRun } from '../../../job/find-program.ts'
import type { LaunchNotes } from '../../../job/launch-notes.ts'
import { destinationOf } from '../../../report/destination.ts'
import { NOT_REPORTED } from '../../../report/notices/missing-key.ts'
import { endEvent, startEvent } from '../../../report/run-events.ts'
import type { Settings } from '../../../settings/settings.ts'
import { printable } from '../../../system/printable.ts'
import { redact } from '../../../telemetry/redact.ts'
import { configuredShell } from '../configured-shell.ts'
import type { ExecRequest } from '../exec-command.ts'
import { freshSeries } from '../fresh-series.ts'
import type { ReadControl } from './read-control.ts'
import { controlRows, type ShownRow, settingRows } from './shown-rows.ts'

export interface DescribeOptions {
  readonly settings: Settings
  readonly originOf: Parameters<typeof settingRows>[1]
  readonly read: ReadControl
  readonly notes: LaunchNotes
}

/** The text, with keys redacted. Each part has a heading, so that a person finds it. */
export function describeRun(
  request: ExecRequest,
  { settings, originOf, read, notes }: DescribeOptions,
): string {
  const { monitorKey, flags } = request
  const environment = notes.environment ?? environmentFromProcess(process.env)
  const shell = flags.shell ?? configuredShell(environment).path
  const { argv } = commandToRun(request.argv, undefined, environment, shell)
  const failure = whyCannotRun(argv, environment, undefined)
  const control = controlRows(read)
  const lines = [
    'command',
    `  ${argv.map(quoted).join(' ')}`,
    ...(failure === undefined ? [] : [`  exit status ${failure.status}: ${failure.reason}`]),
    '',
    'events (the end of a run that succeeds without output)',
    ...eventLines(monitorKey, flags.series ?? freshSeries(), settings, read.control.note),
    '',
    'job control',
    ...(control.length === 0 ? ['  none'] : table(control)),
    '',
    'settings',
    ...table(settingRows(settings, originOf, flags)),
  ]
  const hide = (line: string) => printable(redact(line, settings.secrets))
  return `${lines.map(hide).join('\n')}\n`
}

function eventLines(
  monitorKey: string,
  series: string,
  settings: Settings,
  note: string | undefined,
): readonly string[] {
  const target = destinationOf(settings)
  switch (target.kind) {
    case 'no-key':
      return [`  none: ${NOT_REPORTED}`]
    case 'no-address':
      return [`  none: ${target.problem}`]
    case 'open': {
      const run = { monitorKey, series, settings }
      const tail = { bytes: () => Buffer.alloc(0), total: () => 0 }
      const end = { status: 0, durationMs: 0, state: 'complete', ...(note && { reason: note }) } as const
      const events = [startEvent(run), endEvent(run, end, tail)]
      return events.map(event => {
        const request = buildRequest(event, target.destination, settings.secrets)
        return `  ${describeRequest(request, settings.secrets)}`
      })
    }
    default:
      return target satisfies never
  }
}

function table(rows: readonly ShownRow[]): string[] {
  const widthOf = (column: 0 | 1) => Math.max(...rows.map(row => row[column].length))
  const [first, second] = [widthOf(0), widthOf(1)]
  return rows.map(([name, value, origin]) => `  ${name.padEnd(first)}  ${value.padEnd(second)}  ${origin}`)
}

/** As a shell reads it. */
function quoted(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument
  return `'${argument.replaceAll("'", "'\\''")}'`
}
