/** `cronitor completions --keys`: prints the monitor keys that are known here, for the scripts that complete them. */

import { openAnyReader } from '../../client/any-reader.ts'
import { DEFAULT_URL } from '../../settings/defaults.ts'
import { loadSettings } from '../../settings/load.ts'
import { VERSION } from '../../system/version.ts'
import { checkMonitorKey } from '../../telemetry/monitor-key.ts'
import { readCrontabs } from '../crontab/crontabs.ts'
import { jobsOf, monitorKeyOf } from '../crontab/jobs.ts'
import { print } from '../terminal/print.ts'

/** For all addresses: somebody waits for the Tab key. */
const SERVER_TIMEOUT_MS = 300

/** One a line, sorted. Prints no warnings: they would disturb the line that is being edited. Resolves with the exit status. */
export async function printMonitorKeys(): Promise<0> {
  const keys = new Set([...crontabKeys(), ...(await serverKeys())])
  const valid = [...keys].filter(key => checkMonitorKey(key) === undefined)
  print(
    valid
      .toSorted()
      .map(key => `${key}\n`)
      .join(''),
  )
  return 0
}

function crontabKeys(): readonly string[] {
  const { crontabs } = readCrontabs([], {})
  return jobsOf(crontabs).flatMap(job => monitorKeyOf(job) ?? [])
}

/** Only a server that the settings name: whoever listens on the default address of `cronitor serve` would get the API key. */
async function serverKeys(): Promise<readonly string[]> {
  // A key file that is a pipe is not read: its one line is for another program.
  const { settings } = loadSettings({ flags: {}, env: process.env })
  const { url } = settings
  if (url.kind === 'unusable') return []
  // The vendor's API has no list of monitors.
  const vendor = new URL(DEFAULT_URL).hostname
  const urls = [url.base, ...(url.others ?? [])].filter(each => new URL(each).hostname !== vendor)
  if (urls.length === 0) return []
  const reader = await openAnyReader(urls, { apiKey: settings.key, env: process.env, version: VERSION })
  const answer = await reader.get('/api/monitors', SERVER_TIMEOUT_MS / urls.length)
  return answer.kind === 'answer' && answer.status === 200 ? keysIn(answer.json) : []
}

function keysIn(json: unknown): readonly string[] {
  const monitors: unknown =
    typeof json === 'object' && json !== null && 'monitors' in json ? json.monitors : []
  if (!Array.isArray(monitors)) return []
  return monitors.flatMap((each: unknown) =>
    typeof each === 'object' && each !== null && 'monitor' in each && typeof each.monitor === 'string'
      ? [each.monitor]
      : [],
  )
}
