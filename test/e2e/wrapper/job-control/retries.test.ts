/** Retries, in the situations of the table. */

import { describeJobControl } from '../../../support/job-control.ts'

const attempts = (reason: string, first = 1) =>
  [first, first + 1]
    .map(n => `cronitor-exec: attempt ${n} of 3 failed: ${reason}; the next one starts in 100ms\n`)
    .join('')

describeJobControl({
  flags: ['--retries', '2', '--retry-delay', '100ms'],
  cells: {
    success: { seen: { events: ['run', 'complete 0: attempt 1 of 3'] } },
    failure: {
      seen: {
        events: ['run', 'fail 3: exit status 3, attempt 3 of 3'],
        stdout: 'out\n'.repeat(3),
        stderr: [1, 2]
          .map(
            n =>
              `err\ncronitor-exec: attempt ${n} of 3 failed: exit status 3; the next one starts in 100ms\n`,
          )
          .concat('err\n')
          .join(''),
      },
    },
    // A signal to the wrapper ends the trying.
    'signal to the wrapper': { seen: { events: ['run', 'fail 143: killed by SIGTERM, attempt 1 of 3'] } },
    'job that ignores TERM': { seen: { events: ['run', 'complete 0: attempt 1 of 3'] } },
    'job that forks a daemon by setsid': { seen: { events: ['run', 'complete 0: attempt 1 of 3'] } },
    'output closed early': {
      flags: ['--retries', '2', '--retry-delay', '100ms', '--no-retry-on', '141'],
      seen: { events: ['run', 'fail 141: killed by SIGPIPE, attempt 1 of 3'] },
    },
    terminal: { seen: { events: ['run', 'fail 130: killed by SIGINT, attempt 1 of 3'] } },
  },
})

describeJobControl({
  // An attempt must print what it has to print before its time is over, also on a busy machine.
  flags: ['--timeout', '3s', '--kill-after', '200ms', '--retries', '2', '--retry-delay', '100ms'],
  cells: {
    success: {
      flags: ['--timeout', '1h', '--retries', '2'],
      seen: { events: ['run', 'complete 0: attempt 1 of 3'] },
    },
    failure: {
      job: 'echo out; echo err >&2; [ -e "$HOME/tried" ] && exit 0; touch "$HOME/tried"; sleep 60',
      seen: {
        end: 'status 0',
        events: ['run', 'complete 0: attempt 2 of 3'],
        stdout: 'out\nout\n',
        stderr:
          'err\ncronitor-exec: attempt 1 of 3 failed: timed out after 3s; the next one starts in 100ms\nerr\n',
      },
    },
    'signal to the wrapper': {
      flags: ['--timeout', '1h', '--retries', '2'],
      seen: { events: ['run', 'fail 143: killed by SIGTERM, attempt 1 of 3'] },
    },
    'kill -9 of the wrapper': { flags: ['--timeout', '1h', '--retries', '2'] },
    // The signal ends the trying, although it has not ended the job.
    'job that ignores TERM': {
      seen: { end: 'status 124', events: ['run', 'fail 124: timed out after 3s, attempt 1 of 3'] },
    },
    'job that forks a daemon by setsid': {
      job: `setsid sh -c 'exec sleep 60' </dev/null >/dev/null 2>&1 & echo up; sleep 60`,
      seen: {
        end: 'status 124',
        events: ['run', 'fail 124: timed out after 3s, attempt 3 of 3'],
        stdout: 'up\nup\nup\n',
        stderr: attempts('timed out after 3s'),
        left: 0,
      },
    },
    'output closed early': {
      flags: ['--timeout', '1h', '--retries', '2', '--no-retry-on', '141'],
      seen: { events: ['run', 'fail 141: killed by SIGPIPE, attempt 1 of 3'] },
    },
    terminal: {
      flags: ['--timeout', '1h', '--retries', '2'],
      seen: { events: ['run', 'fail 130: killed by SIGINT, attempt 1 of 3'] },
    },
  },
})
