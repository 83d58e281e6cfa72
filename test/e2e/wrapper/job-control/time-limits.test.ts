/** The options that bound the time of a job, in the situations of the table. */

import { describeJobControl } from '../../../support/job-control.ts'

const TIMED_OUT = {
  end: 'status 124',
  events: ['run', 'fail 124: timed out after 4s'],
} as const

/** For a job that ends before the time is over. The others must print `up` before that, also on a busy machine. */
const LONG = ['--timeout', '1h'] as const

describeJobControl({
  flags: ['--timeout', '4s', '--kill-after', '300ms'],
  cells: {
    success: { flags: LONG },
    failure: { flags: LONG },
    'signal to the wrapper': { flags: LONG },
    'kill -9 of the wrapper': { flags: LONG },
    'job that ignores TERM': { seen: TIMED_OUT },
    'job that forks a daemon by setsid': {
      job: `setsid sh -c 'exec sleep 60' </dev/null >/dev/null 2>&1 & echo up; sleep 60`,
      seen: { ...TIMED_OUT, left: 0 },
    },
    'output closed early': { flags: LONG },
    terminal: { flags: LONG },
  },
})

// The job ends in time: what it has left in the background stays, as without the option.
describeJobControl({ flags: ['--timeout', '1h', '--signal', 'INT', '--warn-after', '1h'] })

describeJobControl({
  flags: ['--deadline', '4s', '--kill-after', '300ms'],
  cells: {
    success: { flags: ['--deadline', '1h'] },
    failure: { flags: ['--deadline', '1h'] },
    'signal to the wrapper': { flags: ['--deadline', '1h'] },
    'kill -9 of the wrapper': { flags: ['--deadline', '1h'] },
    'job that ignores TERM': {
      seen: { end: 'status 124', events: ['run', 'fail 124: timed out after 4s (deadline)'] },
    },
    'job that forks a daemon by setsid': {
      job: `setsid sh -c 'exec sleep 60' </dev/null >/dev/null 2>&1 & echo up; sleep 60`,
      seen: { end: 'status 124', events: ['run', 'fail 124: timed out after 4s (deadline)'], left: 0 },
    },
    'output closed early': { flags: ['--deadline', '1h'] },
    terminal: { flags: ['--deadline', '1h'] },
  },
})

const LATE = 'cronitor-exec: the job still runs after 300ms\n'

describeJobControl({
  flags: ['--warn-after', '300ms'],
  cells: {
    success: { job: 'echo out; echo err >&2; sleep 1', seen: { stderr: `err\n${LATE}` } },
    failure: { job: 'echo out; echo err >&2; sleep 1; exit 3', seen: { stderr: `err\n${LATE}` } },
    'signal to the wrapper': { flags: ['--warn-after', '1h'] },
    'kill -9 of the wrapper': { flags: ['--warn-after', '1h'] },
    'job that ignores TERM': { seen: { stderr: LATE } },
    'job that forks a daemon by setsid': { flags: ['--warn-after', '1h'] },
    'output closed early': { flags: ['--warn-after', '1h'] },
    terminal: { flags: ['--warn-after', '1h'] },
  },
})
