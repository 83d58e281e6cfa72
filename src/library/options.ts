import type { Readable, Writable } from 'node:stream'
import type { RunResult } from './results.ts'

/**
 * A length of time with its unit, as in the options of the commands: `1500ms`, `90s`, `10m`, `2h`, `1d`.
 * A number without a unit is no `Duration`: the commands read it as seconds, and programs mostly mean milliseconds.
 */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** A number of bytes: a number, or text such as `500k` or `10m` (powers of 1024). */
export type ByteSize = number | `${number}${'' | 'k' | 'm' | 'g'}`

/**
 * Where and how events are sent, for `run` and `ping`. Each option is the command's option of the same name
 * (`deliverWithin` is `--deliver-within`; `man cronitor-exec`, OPTIONS). An option that is not given comes from the
 * environment, then from the settings files, as for the commands. Empty text counts as not given.
 */
export interface TelemetryOptions {
  /** The API key. It is not put on a command line, where other users could see it. */
  readonly apiKey?: string
  /** A file whose first line is the API key. */
  readonly apiKeyFile?: string
  /** A key that can only send telemetry; used instead of the API key if both are set. */
  readonly pingApiKey?: string
  /** The environment that the job runs in, such as `staging`. (For variables, see `environment`.) */
  readonly env?: string
  /** The host name to report. Default: the system's. */
  readonly hostname?: string
  /** The address of the Telemetry API, or several that are separated by commas. */
  readonly url?: string
  /** The HTTP method. Default: GET. HEAD does not report the host name. */
  readonly method?: 'GET' | 'POST' | 'HEAD'
  /** True: send without an API key, to a monitor that allows it. */
  readonly anonymous?: boolean
  /** How long to try to deliver; for `run`, from the end of the job. Default: `5s`. */
  readonly deliverWithin?: Duration
  /** The folder that undelivered events are kept in. */
  readonly spoolDir?: string
  /** False: undelivered events are lost instead of kept. */
  readonly spool?: boolean
  /** How long an undelivered event is kept. */
  readonly spoolMaxAge?: Duration
  /** How much disk space undelivered events may use. */
  readonly spoolMaxSize?: ByteSize
  /** False: no background process is started to deliver events that were kept; a later run or ping delivers them. */
  readonly courier?: boolean
  /** False: the time at which a late event happened is not sent. */
  readonly stamp?: boolean
  /** A settings file to use instead of the user's. */
  readonly config?: string
  /** A file to which a line is appended for each event, with keys redacted. */
  readonly log?: string
  /** The working directory. Paths in these options are relative to it. Default: that of this process. */
  readonly cwd?: string
  /**
   * Environment variables, in addition to those of this process; `undefined` removes one. The command reads its settings
   * from them (`CRONITOR_…`), and the job of a run gets them.
   */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** The options of `run` with a command; besides those of this process, each is the option of `cronitor-exec` of that name. */
export interface RunOptions extends TelemetryOptions {
  /** The ID that links the events of the run. Default: a new UUID. */
  readonly series?: string
  /** Ends the job, and all that it has started, after this time. */
  readonly timeout?: Duration
  /** How long after the signal KILL is sent, for `timeout`, `deadline` and `abortSignal`. Default: `10s`. */
  readonly killAfter?: Duration
  /** The signal that ends a job that takes too long, such as `SIGINT`. Default: `SIGTERM`. */
  readonly signal?: NodeJS.Signals
  /** A warning in the result if the job takes longer than this. */
  readonly warnAfter?: Duration
  /** As `timeout`, for all attempts and the delays between them. */
  readonly deadline?: Duration
  /** True: does not start the job if another run with this monitor key is running on this host. */
  readonly lock?: boolean
  /** As `lock`, with this name in place of the monitor key. */
  readonly lockName?: string
  /** How many runs may hold the lock at the same time. Default: 1. */
  readonly lockSlots?: number
  /** How long to wait for the lock. Default: `0s`. */
  readonly lockWait?: Duration
  /** What to report if the lock is held: nothing (`skip`) or `fail`. Default: `skip`. */
  readonly onLocked?: 'skip' | 'fail'
  /** The folder of the lock, an absolute path, for runs of several users. */
  readonly lockDir?: string
  /** Waits for a part of this time before the start, the same for each run on this host. */
  readonly splay?: Duration
  /** Waits for a random part of this time before the start. */
  readonly jitter?: Duration
  /** Aborts the run: see `RunResult`. */
  readonly abortSignal?: AbortSignal
  /** False: the job's output is not reported. */
  readonly output?: boolean
  /** A text for the end of the message, such as a commit or the address of a CI run. */
  readonly note?: string
  /** The absolute path of the shell that runs a command line. Default: `$SHELL`, else `/bin/sh`. */
  readonly shell?: string
  /** True: the job runs in a new process group. */
  readonly ownGroup?: boolean
  /** How many times a job that fails is started again. Default: 0. */
  readonly retries?: number
  /** How long to wait before that. */
  readonly retryDelay?: Duration
  /** How many times as long each delay is as the one before. Default: 1. */
  readonly retryBackoff?: number
  /** Exit statuses after which the job is started again, such as `1,100-110,timeout`. */
  readonly retryOn?: string
  /** Exit statuses after which it is not. */
  readonly noRetryOn?: string
  /** True: reports the metrics `cpu_seconds` and `max_rss_mib`. */
  readonly usage?: boolean
  /** Exit statuses that are reported as `complete`, such as `0,3-5`. Default: `0`. */
  readonly successStatus?: string
  /** True: the job's output is shown only if the job fails. */
  readonly quietSuccess?: boolean
  /** How much memory `quietSuccess` may take. */
  readonly bufferSize?: ByteSize
  /** Regular expressions (RE2): `fail` is reported if a line of the output matches one, although the job succeeded. */
  readonly failIf?: string | readonly string[]
  /** Regular expressions: `fail` is reported if no line of the output matches, although the job succeeded. */
  readonly require?: string | readonly string[]
  /** Regular expressions with the groups `name` and `value`: metrics from lines of the output. */
  readonly metricFrom?: string | readonly string[]
  /** Regular expressions: what matches is replaced by `[redacted]` in all that is sent or kept. */
  readonly redact?: string | readonly string[]
  /** The job's standard input: that of this process (default), none, a text, bytes or a stream. */
  readonly stdin?: 'inherit' | 'ignore' | Readable | Uint8Array | { readonly text: string }
  /**
   * Where the job's standard output goes: to that of this process (default), nowhere, into the result, or to a stream, which
   * is not ended. What is reported is the same in each case.
   */
  readonly stdout?: 'inherit' | 'ignore' | 'collect' | Writable
  /** The same for standard error. */
  readonly stderr?: 'inherit' | 'ignore' | 'collect' | Writable
  /** How many bytes of each stream `collect` keeps, at most: the last ones. Default: 1 MiB. */
  readonly collectBytes?: number
}

/** The options of `run` with a function. */
export interface FunctionOptions extends TelemetryOptions {
  /** The ID that links the events of the run. Default: a new UUID. */
  readonly series?: string
  /**
   * After this time `fail` is reported, and the function's `signal` aborts. What the function does then is its own affair: `run`
   * still waits for it.
   */
  readonly timeout?: Duration
  /** A warning in the report if the function takes longer than this. */
  readonly warnAfter?: Duration
  /** Regular expressions (RE2): what matches in the error's message is replaced by `[redacted]`. */
  readonly redact?: string | readonly string[]
  /** Called with what was reported, before `run` settles. */
  readonly onReported?: (report: RunResult) => void
}

/** What a function gets from `run`. */
export interface FunctionContext {
  /** Aborts if the run takes longer than `timeout`, or if somebody ends the process that stands for it. */
  readonly signal: AbortSignal
  /** Finite numbers that are reported with the end, by name: `[A-Za-z0-9_-]{1,63}`. The function sets them. */
  readonly metrics: Record<string, number>
}

/** The options of `ping`; each is the option of `cronitor ping` of the same name. */
export interface PingOptions extends TelemetryOptions {
  /** The state to report. */
  readonly state: 'run' | 'complete' | 'fail' | 'ok'
  /** A text. Of a long one, the last 2,000 characters are sent. */
  readonly message?: string
  /** Finite numbers by name, `[A-Za-z0-9_-]{1,63}`: `count`, `error_count`, `duration` (seconds), or a name of your choice. */
  readonly metrics?: Readonly<Record<string, number>>
  /** Seconds; short for `metrics: { duration }`. */
  readonly duration?: number
  /** The ID that links the events of a run. Default: the variable `CRONITOR_SERIES`. */
  readonly series?: string
  /** The exit status to report, an integer. */
  readonly statusCode?: number
  /** Ends the attempts to deliver early: the event is then kept in the spool. */
  readonly abortSignal?: AbortSignal
}
