/** `cronitor runs`: prints the runs in the database of a `cronitor serve`. */

import { openAnyReader } from '../../client/any-reader.ts'
import { createNotices } from '../../report/notices/notices.ts'
import { DEFAULT_RUNS, DEFAULT_SERVER, DEFAULT_URL } from '../../settings/defaults.ts'
import { monotonicMs } from '../../system/clock.ts'
import { sleep } from '../../system/sleep.ts'
import { VERSION } from '../../system/version.ts'
import { loadWithPipes } from '../load-with-pipes.ts'
import { openOutput } from '../terminal/output.ts'
import { follow } from './follow.ts'
import { createRunsClient } from './runs-client.ts'
import type { RunsRequest } from './runs-request.ts'
import { openRunsView } from './runs-view.ts'

/** Resolves with the exit status: 0 if all was printed, nobody reads the output any more, or INT or TERM came; else 1. */
export async function runs({ monitorKey, flags }: RunsRequest): Promise<0 | 1> {
  const notices = createNotices('cronitor', flags)
  const { settings, warnings } = await loadWithPipes({
    flags,
    env: process.env,
    defaultUrl: DEFAULT_SERVER,
  })
  notices.hideSecrets(settings.secrets)
  const { url: address } = settings
  // A problem of the address is reported once, as the reason of the failure.
  const isAboutAddress = (warning: string) =>
    address.kind === 'unusable' && warning.startsWith(address.problem)
  for (const warning of warnings) if (!isAboutAddress(warning)) notices.warn(warning)
  const warnNow = (problem: string) => {
    notices.warn(problem)
    notices.printWarnings()
  }
  const fail = (problem: string): 1 => {
    warnNow(problem)
    return 1
  }
  if (address.kind === 'unusable') return fail(address.problem)
  const urls = [address.base, ...(address.others ?? [])].filter(url => !isVendors(url))
  if (urls.length === 0) {
    return fail(`${DEFAULT_URL} has no list of runs: give the address of a cronitor serve with --url`)
  }

  const stop = stopOnSignals(flags.follow === true)
  const reader = await openAnyReader(urls, {
    apiKey: settings.key,
    env: process.env,
    version: VERSION,
  })
  const server = { url: urls.join(' or '), hasKey: settings.key !== undefined, monitorKey }
  const client = createRunsClient(reader, server, flags, stop)
  const latest = await client.latest(flags.limit ?? DEFAULT_RUNS)
  if (stop.aborted) return 0
  if (latest.kind === 'problem') return fail(latest.problem)
  notices.printWarnings()

  const view = await openRunsView(flags.json === true, openOutput(stop), warnNow)
  await view.show(latest.runs)
  if (flags.follow && view.status() === undefined) {
    const problem = await follow({
      client,
      after: latest.newest,
      show: view.show,
      onProblem: problem => warnNow(`${problem}; trying again`),
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

function isVendors(url: string): boolean {
  return new URL(url).hostname === new URL(DEFAULT_URL).hostname
}

/** Without --follow, the signals have their default effect. */
function stopOnSignals(isFollowing: boolean): AbortSignal {
  const stop = new AbortController()
  if (isFollowing) for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort())
  return stop.signal
}
