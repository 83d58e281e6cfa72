/** --fail-if and --require: the output of a job decides whether it has succeeded. */

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { installationInto } from '../../../support/installation.ts'
import { describeJobControl } from '../../../support/job-control.ts'
import { isExecutable, paths } from '../../../support/run.ts'
import { openSandbox } from '../../../support/sandbox.ts'

describeJobControl({
  flags: ['--fail-if', '^(err|up)$'],
  cells: {
    success: { seen: { events: ['run', 'fail 0: matched --fail-if: err'] } },
    'job that ignores TERM': { seen: { events: ['run', 'fail 0: matched --fail-if: up'] } },
    'job that forks a daemon by setsid': { seen: { events: ['run', 'fail 0: matched --fail-if: up'] } },
  },
})

describeJobControl({
  flags: ['--require', '^out', '--strict-status'],
  cells: {
    'job that ignores TERM': {
      seen: { end: 'status 1', events: ['run', 'fail 0: no line matched --require ^out'] },
    },
    'job that forks a daemon by setsid': {
      seen: { end: 'status 1', events: ['run', 'fail 0: no line matched --require ^out'] },
    },
  },
})

const sandbox = await openSandbox('conditions')

test.each([
  [['--fail-if', 'ERROR'], 'printf "an \\033[31mERR\\033[0mOR\\n"', 'fail', 'matched --fail-if: an ERROR'],
  [['--fail-if', '^50%'], 'printf "50%%\\r100%%\\n"', 'complete', '100%'],
  [['--require', '^ready$'], 'printf "ready\\r\\nwork\\r\\n"', 'complete', 'work'],
  [['--require', 'b\uFFFDc'], 'printf "b\\377c"', 'complete', 'b\uFFFDc'],
  [['--require', 'x', '--require', 'y'], 'echo x', 'fail', 'no line matched --require y'],
  [['--fail-if', 'x', '--no-output'], 'echo x', 'fail', 'matched --fail-if: x'],
  [['--fail-if', 'x', '--success-status', '3'], 'echo x; exit 3', 'fail', 'matched --fail-if: x'],
  [['--fail-if', 'x'], 'echo x; exit 4', 'fail', 'exit status 4'],
])('%j, %s: %s', async (flags, script, state, lastLine) => {
  const key = sandbox.newKey()
  await sandbox.run([paths.bin.exec, ...flags, key, 'sh', '-c', script])
  const [, end] = sandbox.eventsOf(key)
  expect([end.state, end.params.get('message')?.split('\n').at(-1)]).toEqual([state, lastLine])
})

test('a wrong expression on the command line is a usage error, in a file a warning', async () => {
  const wrong = await sandbox.run([paths.bin.exec, '--fail-if', 'a(', 'a-key', 'echo', 'ran'])
  expect([wrong.status, String(wrong.stdout), String(wrong.stderr)]).toEqual([
    125,
    '',
    'cronitor-exec: --fail-if: wrong regular expression a(: missing closing ); see cronitor-exec --help\n',
  ])
  const key = sandbox.newKey()
  const config = join(sandbox.home, 'jobs.json')
  writeFileSync(config, JSON.stringify({ jobs: { [key]: { 'fail-if': ['a(', 'ran'] } } }), { mode: 0o600 })
  const result = await sandbox.run([paths.bin.exec, '--config', config, key, 'echo', 'ran'])
  expect([result.status, String(result.stdout), String(result.stderr)]).toEqual([
    0,
    'ran\n',
    `cronitor-exec: fail-if of ${key} in ${config}: wrong regular expression a(: missing closing ); going on without it\n`,
  ])
  expect(sandbox.eventsOf(key)[1].state).toBe('fail')
})

test.skipIf(isExecutable)('without the library the job runs (the executable has it inside)', async () => {
  const installation = installationInto()
  rmSync(join(installation, 'dist/regex.cjs'))
  const key = sandbox.newKey()
  const exec = join(installation, 'bin/cronitor-exec')
  const result = await sandbox.run([exec, '--fail-if', 'x', '--require', 'y', key, 'echo', 'x'])
  expect([result.status, String(result.stdout)]).toEqual([0, 'x\n'])
  expect(String(result.stderr)).toMatch(
    /^cronitor-exec: regular expressions cannot be used: [^\n]+; going on without --fail-if, --require\n$/,
  )
  expect(sandbox.eventsOf(key)[1].params.get('message')).toBe('x\n--require cannot be checked')
})
