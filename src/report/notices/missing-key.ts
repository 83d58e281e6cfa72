/** The text for a missing API key. */

const HOW_TO_SET = 'run cronitor configure, or set CRONITOR_API_KEY or CRONITOR_API_KEY_FILE'

/** For commands that need the key, behind what they did not do: `nothing was sent: …`. */
export const NO_KEY = `there is no API key; ${HOW_TO_SET}`

/** For a run, which goes on without the key. */
export const NOT_REPORTED = `no API key, so nothing is reported: ${HOW_TO_SET}`

/** For `cronitor ping --dry-run`, which shows the request all the same. */
export const PLACEHOLDER_SHOWN = 'no API key; the request shows no-api-key instead'
