/** What a run is asked for in job control: from the command line, else from `jobs` in a settings file. */

import type { ON_LOCKED } from './lock-options.ts'

/** By commander's names of the options in control-options.ts. Undefined: not asked for. */
export interface Control {
  readonly successStatus?: ReadonlySet<number>
  readonly strictStatus?: boolean
  /** Milliseconds; 0: no limit. */
  readonly timeout?: number
  readonly killAfter?: number
  readonly signal?: NodeJS.Signals
  readonly warnAfter?: number
  readonly deadline?: number
  readonly retries?: number
  readonly retryDelay?: number
  readonly retryBackoff?: number
  readonly retryOn?: ReadonlySet<number>
  readonly noRetryOn?: ReadonlySet<number>
  readonly quietSuccess?: boolean
  /** In bytes. */
  readonly bufferSize?: number
  /** Regular expressions, as they were given: those that must not match a line, those that must, … */
  readonly failIf?: readonly string[]
  readonly require?: readonly string[]
  /** … those with the groups `name` and `value`, and those for what must not be reported. */
  readonly metricFrom?: readonly string[]
  readonly redact?: readonly string[]
  readonly printCommand?: boolean
  readonly note?: string
  readonly usage?: boolean
  readonly lock?: boolean
  readonly lockName?: string
  readonly lockSlots?: number
  /** Milliseconds. */
  readonly lockWait?: number
  readonly onLocked?: (typeof ON_LOCKED)[number]
  /** An absolute path. */
  readonly lockDir?: string
  /** Milliseconds. */
  readonly splay?: number
  /** Milliseconds. */
  readonly jitter?: number
}
