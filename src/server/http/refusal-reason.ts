/** Why a request is refused, in words for programs: the label `reason` of cronitor_refusals_total. */

export type RefusalReason =
  | 'automatic_mail'
  | 'cross_site'
  | 'internal_error'
  | 'invalid_parameter'
  | 'malformed'
  | 'no_key'
  | 'no_such_method'
  | 'no_such_monitor'
  | 'no_such_path'
  | 'not_read'
  | 'not_stored'
  | 'rate_limit'
  | 'remote_client'
  | 'timeout'
  | 'too_busy'
  | 'too_large'
  | 'too_many_monitors'
  | 'unknown_key'
  | 'unsupported'

/** The usual reason for a status. `parameter` is the one that the answer names. */
export function usualReason(status: number, parameter: string | undefined): RefusalReason {
  switch (status) {
    case 401:
      return 'no_key'
    case 403:
      return 'cross_site'
    case 404:
      return parameter === undefined ? 'no_such_path' : 'no_such_monitor'
    case 405:
      return 'no_such_method'
    case 408:
      return 'timeout'
    case 413:
    case 414:
    case 431:
      return 'too_large'
    case 415:
    case 417:
      return 'unsupported'
    case 429:
      return 'rate_limit'
    case 503:
      return parameter === undefined ? 'not_stored' : 'too_busy'
    default:
      if (status >= 500) return 'internal_error'
      return parameter === undefined ? 'malformed' : 'invalid_parameter'
  }
}
