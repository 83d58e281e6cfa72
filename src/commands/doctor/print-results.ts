/** Prints the results of the checks, as lines for people or as JSON. */

import { printable, printableJson } from '../../system/printable.ts'
import { redact } from '../../telemetry/redact.ts'
import { hasColours } from '../terminal/has-colours.ts'
import { print } from '../terminal/print.ts'
import { padded } from '../terminal/text-width.ts'
import { CHECK_NAMES, type CheckOutcome, type CheckResult } from './check-result.ts'
import type { Examination } from './examine.ts'

export type ResultPaint = Readonly<Record<CheckOutcome | 'bold', (text: string) => string>>

const same = (text: string) => text
export const NO_PAINT: ResultPaint = { ok: same, warning: same, problem: same, bold: same }

/** `secrets` stand for whatever they are found in: a path or a host name can hold a key. */
export async function printResults({ results, secrets }: Examination): Promise<void> {
  const paint = hasColours() ? await loadPaint() : NO_PAINT
  print(`${resultLines(results, secrets, paint).join('\n')}\n`)
}

async function loadPaint(): Promise<ResultPaint> {
  const { default: chalk } = await import('chalk')
  return { ok: chalk.green, warning: chalk.yellow, problem: chalk.red, bold: chalk.bold }
}

const OUTCOME_WIDTH = 'warning'.length
const NAME_WIDTH = Math.max(...CHECK_NAMES.map(name => name.length))

export function resultLines(
  results: readonly CheckResult[],
  secrets: readonly string[],
  paint: ResultPaint,
): string[] {
  const line = ({ check, outcome, message, advice }: CheckResult) => {
    const text = printable(redact(advice === undefined ? message : `${message}; ${advice}`, secrets))
    return `${paint[outcome](padded(outcome, OUTCOME_WIDTH))}  ${padded(check, NAME_WIDTH)}  ${text}`
  }
  return [...results.map(line), paint.bold(summaryOf(results))]
}

function summaryOf(results: readonly CheckResult[]): string {
  const count = (wanted: CheckOutcome) => results.filter(({ outcome }) => outcome === wanted).length
  const counted = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`
  const [problems, warnings] = [count('problem'), count('warning')]
  const also = (separator: string) => (warnings === 0 ? '' : `${separator} ${counted(warnings, 'warning')}`)
  if (problems > 0)
    return `Events of this user do not arrive now: ${counted(problems, 'problem')}${also(',')}.`
  // Only an event shows whether the key is accepted.
  return results.some(({ check, outcome }) => check === 'send' && outcome === 'ok')
    ? `Events of this user arrive${also(';')}.`
    : `Events of this user should arrive; --send MONITOR-KEY tries it${also(';')}.`
}

/** The form is documented in man/cronitor-doctor.1, and stays. One check a line. */
export function printResultsJson({ results, secrets }: Examination): void {
  const lines = results.map(({ check, outcome, message, advice, facts }) => {
    const hidden = (_name: string, value: unknown) =>
      typeof value === 'string' ? redact(value, secrets) : value
    const entry: object = JSON.parse(JSON.stringify({ check, outcome, message, advice, facts }, hidden))
    return printableJson(entry)
  })
  const arrives = results.every(({ outcome }) => outcome !== 'problem')
  print(`{"arrives":${arrives},"checks":[\n${lines.join(',\n')}\n]}\n`)
}
