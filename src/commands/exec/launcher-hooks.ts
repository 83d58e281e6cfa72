import type { HostChannel } from '../host-channel.ts'

/** What bin/cronitor-exec.js and bin/cronitor.js do for the wrapper. */
export interface LauncherHooks {
  /** Returns the signals that arrived since Node.js started, and stops collecting them. */
  readonly release: () => NodeJS.Signals[]
  /** A text that an earlier run kept; undefined if there is none, or if others could have written it. */
  readonly readNote?: (name: string) => string | undefined
  /** Keeps a text for the next run. It is written by `saveCode`. */
  readonly keepNote?: (name: string, text: string) => void
  /** Saves the code that V8 has compiled, for the next run. */
  readonly saveCode?: () => void
  /** One line: why the saved code is not used; undefined if it is. */
  readonly codeProblem?: () => string | undefined
  /** Set before the job starts. After that, the launcher must not run the job itself if the wrapper fails. */
  jobIsStarting?: boolean
  /** The Node.js program that has started the wrapper by the library. */
  host?: HostChannel | undefined
}
