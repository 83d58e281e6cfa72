// Plausible runs of a small company's cron jobs, for screenshots of the page.

/**
 * Pseudo-random numbers from 0 to 1, the same for the same seed (xorshift32).
 *
 * @param {number} seed
 */
export function numbers(seed) {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const JOBS = [
  {
    key: 'nightly-backup',
    everyMs: 24 * HOUR,
    seconds: 1900,
    env: 'production',
    host: 'db-1',
    said: 'dumping 14 databases\n14 databases, 38.2 GB\nuploaded to backup-eu',
  },
  {
    key: 'invoice-mailer',
    everyMs: HOUR,
    seconds: 42,
    env: 'production',
    host: 'worker-2',
    said: '128 invoices sent',
    failsAt: [0, 1],
    problem:
      'connecting to smtp.internal:587\nSMTPConnectError: connection timed out after 30 s\nexit status 1',
  },
  {
    key: 'search-reindex',
    everyMs: 6 * HOUR,
    seconds: 640,
    env: 'production',
    host: 'search-1',
    said: 'indexed 1,204,511 documents',
    runs: true,
  },
  {
    key: 'certificates-renew',
    everyMs: 12 * HOUR,
    seconds: 9,
    env: 'production',
    host: 'edge-1',
    said: 'no certificate is due',
    lateBy: 30 * HOUR,
  },
  {
    key: 'orders-import',
    everyMs: 15 * MINUTE,
    seconds: 18,
    env: 'production',
    host: 'worker-1',
    said: 'imported 312 orders',
    failsAt: [7, 8, 19],
    problem: 'line 7: no such column: vat_id\nexit status 3',
  },
  {
    key: 'orders-import',
    everyMs: 15 * MINUTE,
    seconds: 15,
    env: 'staging',
    host: 'staging-1',
    said: 'imported 12 orders',
    failsAt: [0, 4],
    problem: 'killed by SIGKILL',
  },
  {
    key: 'metrics-rollup',
    everyMs: 5 * MINUTE,
    seconds: 2.4,
    env: 'production',
    host: 'metrics-1',
    said: '',
  },
  {
    key: 'log-rotate',
    everyMs: 24 * HOUR,
    seconds: 3.1,
    env: 'production',
    host: 'edge-1',
    said: 'rotated 41 files',
  },
  {
    key: 'cache-warm',
    everyMs: 10 * MINUTE,
    seconds: 31,
    env: 'production',
    host: 'web-1',
    said: '2,400 pages warmed',
    lost: [11],
  },
  {
    key: 'report-weekly',
    everyMs: 7 * 24 * HOUR,
    seconds: 410,
    env: 'production',
    host: 'worker-2',
    said: 'page 9 of 9\nreport.pdf written',
  },
  {
    key: 'ldap-sync',
    everyMs: HOUR,
    seconds: 6.5,
    env: 'production',
    host: 'auth-1',
    said: '3 users added, 1 removed',
  },
  {
    key: 'thumbnails',
    everyMs: 30 * MINUTE,
    seconds: 88,
    env: 'staging',
    host: 'staging-1',
    said: '211 thumbnails',
  },
]

const EVERY_MS = {
  'nightly-backup': 25 * HOUR,
  'certificates-renew': 13 * HOUR,
  'ldap-sync': 2 * HOUR,
  'search-reindex': 14 * HOUR,
}

/** Expectations for the store; `text` is the value for the option `--expect` of `cronitor serve`. */
export const EXPECTED = Object.entries(EVERY_MS).map(([monitorKey, everyMs]) => ({
  monitorKey,
  rule: { schedule: { kind: 'every', everyMs } },
  text: `${monitorKey}=every ${everyMs / HOUR}h`,
}))

/**
 * Returns events, oldest first, up to shortly before `now` (milliseconds since 1970).
 *
 * @param {number} now
 */
export function plausibleEvents(now, runs = 60) {
  const random = numbers(20_261_124)
  const events = []
  for (const job of JOBS) {
    const last =
      now - (job.lateBy ?? (0.1 + 0.5 * random()) * Math.min(job.everyMs, 6 * HOUR)) - job.seconds * 1000
    for (let age = Math.min(runs, Math.ceil((80 * 24 * HOUR) / job.everyMs)); age >= 0; age -= 1) {
      const isRunning = job.runs && age === 0
      const startedAt = isRunning ? now - 4 * MINUTE : last - age * job.everyMs + random() * 900
      const series = `${job.key}-${String(age).padStart(4, '0')}`
      const about = { monitorKey: job.key, series, host: job.host, env: job.env }
      events.push({ ...about, receivedAt: Math.round(startedAt), state: 'run', metrics: [] })
      if (isRunning || job.lost?.includes(age)) continue
      const fails = job.failsAt?.includes(age) === true
      // Mostly near the usual duration, sometimes much longer, and growing slightly over time.
      const seconds =
        job.seconds *
        (0.85 + 0.3 * random() ** 2 + (random() > 0.94 ? 0.8 : 0)) *
        (1 - age / (6 * runs)) *
        (fails ? 0.7 : 1)
      events.push({
        ...about,
        receivedAt: Math.round(startedAt + seconds * 1000),
        state: fails ? 'fail' : 'complete',
        statusCode: fails ? 1 : 0,
        metrics: [{ name: 'duration', value: Math.round(seconds * 1000) / 1000 }],
        ...((fails ? job.problem : job.said) && { message: fails ? job.problem : job.said }),
      })
    }
  }
  return events.sort((a, b) => a.receivedAt - b.receivedAt)
}
