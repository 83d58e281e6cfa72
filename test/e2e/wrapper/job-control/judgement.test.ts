import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { paths } from '../../../support/run.ts'
import { openSandbox } from '../../../support/sandbox.ts'

const sandbox = await openSandbox('judgement')

const job = (status: number) => ['sh', '-c', `echo out; exit ${status}`]

test.each([
  [0, ['--success-status', '0,3'], 0, 'complete', 'out'],
  [3, ['--success-status', '0,3'], 3, 'complete', 'out\nexit status 3'],
  [4, ['--success-status', '0,3'], 4, 'fail', 'out\nexit status 4'],
  [0, ['--success-status', '3', '--strict-status'], 1, 'fail', 'out\nexit status 0'],
  [0, ['--strict-status'], 0, 'complete', 'out'],
  [5, ['--strict-status'], 5, 'fail', 'out\nexit status 5'],
  [0, ['--note', 'main@1a2b3c'], 0, 'complete', 'out\nmain@1a2b3c'],
  [4, ['--note', 'main@1a2b3c'], 4, 'fail', 'out\nexit status 4, main@1a2b3c'],
  [
    4,
    ['--note', 'n', '--retries', '1', '--no-retry-on', '4'],
    4,
    'fail',
    'out\nexit status 4, attempt 1 of 2, n',
  ],
])('a job that exits with %i, %j', async (exits, options, status, state, message) => {
  const key = sandbox.newKey()
  const result = await sandbox.run([paths.bin.exec, ...options, key, ...job(exits)])
  expect([result.status, String(result.stdout), String(result.stderr)]).toEqual([status, 'out\n', ''])
  const [, end] = sandbox.eventsOf(key)
  expect([end.state, end.params.get('message'), end.params.get('status_code')]).toEqual([
    state,
    message,
    String(exits),
  ])
})

test('the settings file of --config has settings for the jobs of a monitor', async () => {
  const key = sandbox.newKey()
  const config = join(sandbox.home, 'jobs.json')
  const jobs = { [key]: { 'success-status': '7' }, '*': { 'strict-status': 'x' } }
  writeFileSync(config, JSON.stringify({ jobs }), { mode: 0o600 })
  const result = await sandbox.run([paths.bin.exec, '--config', config, key, ...job(7)])
  expect([result.status, String(result.stdout)]).toEqual([7, 'out\n'])
  expect(String(result.stderr)).toBe(
    `cronitor-exec: strict-status of * in ${config}: expected true or false; going on without it\n`,
  )
  expect(sandbox.eventsOf(key)[1].state).toBe('complete')
})

test('a wrong value on the command line is a usage error', async () => {
  const result = await sandbox.run([paths.bin.exec, '--success-status', '300', 'a-key', 'touch', 'ran'])
  expect([result.status, String(result.stdout)]).toEqual([125, ''])
  expect(String(result.stderr)).toMatch(
    /^cronitor-exec: option '--success-status <statuses>': expected [^\n]+\n$/,
  )
})
