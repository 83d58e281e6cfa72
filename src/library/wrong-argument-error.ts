/**
 * An argument or an option is wrong, and so nothing was run or sent. The message is that of the command:
 * `option '--timeout <duration>': expected a duration such as 90, 90s, 1500ms, 10m, 2h or 1d`.
 */
export class WrongArgumentError extends TypeError {
  /** The same for all errors of this class. */
  readonly code = 'ERR_CRONITOR_ARGUMENT'
  override readonly name = 'WrongArgumentError'
}
