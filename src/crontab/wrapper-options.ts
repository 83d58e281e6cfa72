/**
 * Options of `cronitor-exec`, `cronitor exec` and `cronitor ping`, and of the official client, whose value is the next word. The
 * monitor key stands behind them. A test compares them with the tables of the commands.
 */
export const OPTIONS_WITH_VALUE: readonly string[] = [
  // The settings
  ...['-k', '--api-key', '--api-key-file', '-p', '--ping-api-key', '--env', '-n', '--hostname', '--url'],
  ...['--method', '--deliver-within', '--spool-dir', '--spool-max-age', '--spool-max-size', '-c', '--config'],
  ...['-l', '--log', '-u', '--users', '--api-version'],
  // exec and ping
  ...['--series', '--shell', '--state', '--message', '--msg', '--metric', '--duration', '--status-code'],
  // Job control
  ...['--timeout', '--kill-after', '--signal', '--warn-after', '--deadline', '--retries', '--retry-delay'],
  ...['--retry-backoff', '--retry-on', '--no-retry-on', '--success-status', '--buffer-size', '--fail-if'],
  ...['--require', '--metric-from', '--redact', '--lock-name', '--lock-slots', '--lock-wait', '--on-locked'],
  ...['--lock-dir', '--splay', '--jitter', '--note'],
  // The official client
  '--ping-api-host',
]
