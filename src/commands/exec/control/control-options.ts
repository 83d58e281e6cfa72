/** The options of job control: each is also a setting in `jobs` of a settings file, without the dashes. */

import { parseSignal } from '../../../job/signal-name.ts'
import { formatDuration } from '../../../system/duration.ts'
import { formatSize, parseSize } from '../../../system/size.ts'
import { durationValue, type OptionRow, repeated, valueOrUsageError } from '../../option-table.ts'
import { DEFAULT_BUFFER_BYTES, DEFAULT_KILL_AFTER_MS, DEFAULT_RETRY_DELAY_MS } from './defaults.ts'
import { LOCK_OPTIONS } from './lock-options.ts'
import { parseBackoff, parseRetries, parseRetryStatuses } from './retry-policy.ts'
import { parseStatusSet } from './status-set.ts'

export const CONTROL_OPTIONS: readonly OptionRow[] = [
  ...LOCK_OPTIONS,
  {
    flags: '--timeout <duration>',
    description: 'end the job and all that it has started after this time, with the exit status 124',
    parse: durationValue,
  },
  {
    flags: '--kill-after <duration>',
    description: 'how long after the signal KILL is sent to what is left',
    otherwise: formatDuration(DEFAULT_KILL_AFTER_MS),
    parse: durationValue,
  },
  {
    flags: '--signal <signal>',
    description: 'the signal that ends a job which takes too long',
    otherwise: 'TERM',
    choices: ['TERM', 'HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'KILL'],
    parse: text => valueOrUsageError(parseSignal(text)).signal,
  },
  {
    flags: '--warn-after <duration>',
    description: 'print a line on stderr if the job still runs after this time',
    parse: durationValue,
  },
  {
    flags: '--deadline <duration>',
    description: 'as `--timeout`, for all attempts and the delays between them',
    parse: durationValue,
  },
  {
    flags: '--retries <number>',
    description: 'how many times a job that fails is started again',
    otherwise: '0',
    parse: text => valueOrUsageError(parseRetries(text)).value,
  },
  {
    flags: '--retry-delay <duration>',
    description: 'how long to wait before the job is started again',
    otherwise: formatDuration(DEFAULT_RETRY_DELAY_MS),
    parse: durationValue,
  },
  {
    flags: '--retry-backoff <factor>',
    description: 'how many times as long each delay is as the one before',
    otherwise: '1',
    parse: text => valueOrUsageError(parseBackoff(text)).value,
  },
  {
    flags: '--retry-on <statuses>',
    description: 'exit statuses after which the job is started again, such as `1,100-110,timeout`',
    otherwise: 'any failure but 75 and 125 to 127',
    parse: text => valueOrUsageError(parseRetryStatuses(text)).statuses,
  },
  {
    flags: '--no-retry-on <statuses>',
    description: 'exit statuses after which the job is not started again',
    parse: text => valueOrUsageError(parseRetryStatuses(text)).statuses,
  },
  {
    flags: '--note <text>',
    description: 'text for the end of the message, such as a commit or the address of a CI run',
  },
  {
    flags: '--usage',
    description: 'report the metrics `cpu_seconds` and `max_rss_mib` of the job and what it has started',
  },
  {
    flags: '--success-status <statuses>',
    description: 'exit statuses of the job that are reported as `complete`, such as `0,3-5`',
    otherwise: '0',
    parse: text => valueOrUsageError(parseStatusSet(text)).statuses,
  },
  {
    flags: '--strict-status',
    description: 'exit with 1 if the job ended with 0 and is reported as `fail`',
  },
  {
    flags: '--quiet-success',
    description: "show the job's output only if the job fails",
  },
  {
    flags: '--buffer-size <size>',
    description:
      'how much memory `--quiet-success` may take; a 32nd of it holds output, more is in a temporary file',
    otherwise: formatSize(DEFAULT_BUFFER_BYTES),
    parse: text => valueOrUsageError(parseSize(text)).bytes,
  },
  {
    flags: '--fail-if <regex>',
    description: 'report `fail` if a line of the output matches, although the job succeeded; repeatable',
    repeatable: true,
    parse: repeated(text => text),
  },
  {
    flags: '--require <regex>',
    description: 'report `fail` if no line of the output matches, although the job succeeded; repeatable',
    repeatable: true,
    parse: repeated(text => text),
  },
  {
    flags: '--metric-from <regex>',
    description: 'report metrics from lines of the output, by the groups `name` and `value`; repeatable',
    repeatable: true,
    parse: repeated(text => text),
  },
  {
    flags: '--redact <regex>',
    description: 'replace what matches in a line by `[redacted]` in messages, log and spool; repeatable',
    repeatable: true,
    parse: repeated(text => text),
  },
  {
    flags: '--print-command',
    description: 'print what would be run and sent, and where each setting comes from; run nothing',
    isNoSetting: true,
  },
]
