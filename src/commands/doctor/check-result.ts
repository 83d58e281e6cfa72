/** The result of one check of `cronitor doctor`. */

/** In the order in which they are shown. */
export const CHECK_NAMES = [
  'program',
  'cron-path',
  'installations',
  'settings-files',
  'settings-values',
  'settings',
  'api-key',
  'crontab',
  'url',
  'proxy',
  'dns',
  'connection',
  'certificate',
  'clock',
  'send',
  'spool',
  'waiting',
  'rejected',
  'courier',
] as const

export type CheckName = (typeof CHECK_NAMES)[number]

/** `problem`: an event of this user would not arrive now. */
export type CheckOutcome = 'ok' | 'warning' | 'problem'

export interface CheckResult {
  readonly check: CheckName
  readonly outcome: CheckOutcome
  /** What was found: one line, without a full stop. */
  readonly message: string
  /** What to do, as an order. */
  readonly advice?: string
  /** The same for programs. Their names are documented in man/cronitor-doctor.1. */
  readonly facts?: Readonly<Record<string, unknown>>
}

type Facts = NonNullable<CheckResult['facts']>

export function fine(check: CheckName, message: string, facts?: Facts): CheckResult {
  return { check, outcome: 'ok', message, ...(facts && { facts }) }
}

export function warning(check: CheckName, message: string, advice: string, facts?: Facts): CheckResult {
  return { check, outcome: 'warning', message, ...(advice !== '' && { advice }), ...(facts && { facts }) }
}

export function problem(check: CheckName, message: string, advice: string, facts?: Facts): CheckResult {
  return { check, outcome: 'problem', message, ...(advice !== '' && { advice }), ...(facts && { facts }) }
}
