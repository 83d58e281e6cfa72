/** Recognises job lines that are monitored already: by this program, by the official client, or by another service. */

import { cronSplit } from './cron-split.ts'
import type { CronDialect, JobLine } from './crontab-file.ts'
import { operandsOf, programsOf } from './program-words.ts'
import { baseName, type SimpleCommand } from './shell-words.ts'
import { parseWrapped, type WrappedCommand } from './wrapped-form.ts'
import { OPTIONS_WITH_VALUE } from './wrapper-options.ts'

export type LineMonitor =
  /** By `cronitor-exec` in the form of `wrapLine`, which `unwrapLine` takes away. */
  | ({ readonly kind: 'wrapped' } & WrappedCommand)
  /** By this program or the official client, in a form that people write. */
  | { readonly kind: 'client'; readonly program: ClientProgram; readonly key?: string }
  /** By a request to the Telemetry API, with curl or another program. */
  | { readonly kind: 'request' }
  /** By another service: Cronitor hears nothing of the job. */
  | { readonly kind: 'other-service'; readonly name: string }
  | { readonly kind: 'none' }

export type ClientProgram = 'cronitor-exec' | 'cronitor exec' | 'cronitor ping'

const API_ADDRESS = /\bcronitor\.(?:link|io)\b/i

const OTHER_SERVICES: readonly (readonly [name: string, form: RegExp])[] = [
  ['Healthchecks', /(?:^|[\s/;&|(])runitor\s|\bhc-ping\.com\b|\bhchk\.io\b|\bhealthchecks\.io\b/],
  ["Dead Man's Snitch", /(?:^|[\s/;&|(])dms\s|\bnosnch\.in\b/],
  ['Better Stack', /\b(?:betteruptime|betterstack)\.com\/api\/v1\/heartbeat\b/],
  ['Sentry', /\bsentry-cli\s+(?:[^;&|]{0,99}\s)?monitors\s+run\b/],
]

/** What monitors the job; the first that is found. */
export function lineMonitor(job: Pick<JobLine, 'command'>, dialect: CronDialect): LineMonitor {
  const wrapped = parseWrapped(job.command, dialect)
  if (wrapped !== undefined) return { kind: 'wrapped', ...wrapped }
  const { shellCommand } = cronSplit(job.command, dialect)
  for (const words of programsOf(shellCommand)) {
    const client = clientOf(words)
    if (client !== undefined) return client
  }
  if (API_ADDRESS.test(shellCommand)) return { kind: 'request' }
  const other = OTHER_SERVICES.find(([, form]) => form.test(shellCommand))
  return other === undefined ? { kind: 'none' } : { kind: 'other-service', name: other[0] }
}

/** True if Cronitor, or the server of this program, hears of the job. */
export function isMonitored(monitor: LineMonitor): boolean {
  return monitor.kind === 'wrapped' || monitor.kind === 'client' || monitor.kind === 'request'
}

function clientOf([program = '', ...words]: SimpleCommand): LineMonitor | undefined {
  const name = baseName(program)
  if (name === 'cronitor-exec') return client('cronitor-exec', words)
  if (name !== 'cronitor') return undefined
  const [command, ...others] = operandsOf(words, OPTIONS_WITH_VALUE)
  if (command !== 'exec' && command !== 'ping') return undefined
  return client(`cronitor ${command}`, others)
}

function client(program: ClientProgram, words: SimpleCommand): LineMonitor {
  const [key] = operandsOf(words, OPTIONS_WITH_VALUE)
  return { kind: 'client', program, ...(key !== undefined && { key }) }
}
