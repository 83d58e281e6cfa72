/** Tells whether a command line may ask for job control. Only then is the code of it loaded. */

/** The options of control/control-options.ts. */
export const CONTROL_OPTION_NAMES: ReadonlySet<string> = new Set([
  '--timeout',
  '--kill-after',
  '--signal',
  '--warn-after',
  '--deadline',
  '--retries',
  '--retry-delay',
  '--retry-backoff',
  '--retry-on',
  '--no-retry-on',
  '--lock',
  '--lock-name',
  '--lock-slots',
  '--lock-wait',
  '--on-locked',
  '--lock-dir',
  '--splay',
  '--jitter',
  '--note',
  '--usage',
  '--success-status',
  '--strict-status',
  '--quiet-success',
  '--buffer-size',
  '--fail-if',
  '--require',
  '--metric-from',
  '--redact',
  '--print-command',
])

/**
 * True if a word names one of the options, or asks for the help, which lists them. The job's own words count too: they cannot be
 * told apart before the options are parsed, and a false alarm only costs time.
 */
export function mayNameControl(argv: readonly string[]): boolean {
  return argv.some(word => {
    if (!word.startsWith('-')) return word === 'help'
    const equals = word.indexOf('=')
    const name = equals === -1 ? word : word.slice(0, equals)
    return CONTROL_OPTION_NAMES.has(name) || name === '--help' || name === '-h'
  })
}
