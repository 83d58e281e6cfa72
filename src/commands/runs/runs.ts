/** Shows the runs that a `cronitor serve` knows of. */

import { isatty } from 'node:tty'
import { openReader } from '../../client/reader.ts'
import { createNotices, type Notices } from '../../report/notices/notices.ts'
import type { RunJson } from '../../server/api/run-json.ts'
import { DEFAULT_RUNS, DEFAULT_SERVER, DEFAULT_URL } from '../../settings/defaults.ts'
import { monotonicMs } from '../../system/clock.ts'
import { printableJson } from '../../system/printable.ts'
import { sleep } from '../../system/sleep.ts'
import { VERSION } from '../../system/version.ts'
import { loadWithPipes } from '../load-with-pipes.ts'
import { type Output, openOutput } from '../terminal/output.ts'
import { follow } from './follow.ts'
import { createRunsClient } from './runs-client.ts'
import type { RunsRequest } from './runs-request.ts'
import { createRunsTable, plain, type RunsPaint } from './table.ts'

/** Resolves with the exit status: 0 where all was shown, nobody reads any more, or INT or TERM has come; else 1. */
export async function runs({ monitorKey, flags }: RunsRequest): Promise<0 | 1> {
  const notices = createNotices('cronitor', flags)
  const { settings, warnings } = await loadWithPipes({
    flags,
    env: process.env,
    defaultUrl: DEFAULT_SERVER,
  })
  notices.hideSecrets(settings.secrets)
  const { url: address } = settings
  const isAddress = (warning: string) => address.kind === 'unusable' && warning.startsWith(address.problem)
  for (const warning of warnings) if (!isAddress(warning)) notices.warn(warning)
  const fail = (problem: string): 1 => {
    notices.warn(problem)
    notices.printWarnings()
    return 1
  }
  if (address.kind === 'unusable') return fail(address.problem)
  const { base } = address
  const url = new URL(base)
  if (url.hostname === new URL(DEFAULT_URL).hostname) {
    return fail(`${url.origin} has no list of runs: give the address of a cronitor serve by --url`)
  }

  const stop = stopSignal(flags.follow === true)
  const reader = await openReader({
    origin: url.origin,
    apiKey: settings.key,
    env: process.env,
    version: VERSION,
  })
  const asked = { url: base, hasKey: settings.key !== undefined, monitorKey }
  const source = createRunsClient(reader, asked, flags, stop)
  const latest = await source.latest(flags.limit ?? DEFAULT_RUNS)
  if (stop.aborted) return 0
  if (latest.kind === 'problem') return fail(latest.problem)
  notices.printWarnings()

  const view = await openView(flags.json === true, openOutput(stop), notices)
  await view.show(latest.runs)
  if (flags.follow && view.status() === undefined) {
    const problem = await follow({
      source,
      after: latest.newest,
      show: view.show,
      onTrouble: problem => tell(notices, `${problem}; trying again`),
      stop,
      sleep,
      random: Math.random,
      now: monotonicMs,
    })
    if (problem !== undefined) return fail(problem)
  }
  await view.close()
  return view.status() ?? 0
}

interface View {
  /** False once there is nobody to show more to. */
  readonly show: (runs: readonly RunJson[]) => Promise<boolean>
  /** The exit status where the output has come to an end. */
  readonly status: () => 0 | 1 | undefined
  readonly close: () => Promise<void>
}

async function openView(isJson: boolean, output: Output, notices: Notices): Promise<View> {
  const isTerminal = isatty(1)
  // https://no-color.org; chalk does not look at it.
  const table = createRunsTable(isTerminal && !process.env.NO_COLOR ? await colours() : plain)
  let status: 0 | 1 | undefined
  return {
    async show(runs) {
      const lines = isJson
        ? runs.map(printableJson)
        : table.lines(runs, isTerminal ? process.stdout.columns || undefined : undefined)
      if (lines.length === 0) return status === undefined
      const written = await output.write(`${lines.join('\n')}\n`)
      switch (written.kind) {
        case 'written':
          break
        case 'unread':
        case 'stopped':
          status = 0
          break
        case 'failed':
          tell(notices, `cannot write to standard output (${written.code})`)
          status = 1
          break
        default:
          written satisfies never
      }
      return status === undefined
    },
    status: () => status,
    close: output.close,
  }
}

function tell(notices: Notices, text: string): void {
  notices.warn(text)
  notices.printWarnings()
}

/** Without --follow the signals end this program as they end any. */
function stopSignal(isFollowing: boolean): AbortSignal {
  const stop = new AbortController()
  if (isFollowing) for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort())
  return stop.signal
}

async function colours(): Promise<RunsPaint> {
  const { default: chalk } = await import('chalk')
  const states = { running: chalk.cyan, complete: chalk.green, failed: chalk.red, lost: chalk.yellow }
  return {
    heading: text => chalk.bold(text),
    state: (text, state) => states[state](text),
    faint: text => chalk.dim(text),
  }
}
