/** --print-command: what would be run and sent is shown, and nothing is done. */

import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { installationInto } from '../../../support/installation.ts'
import { PRINTED_KEY } from '../../../support/key.ts'
import { isExecutable, paths } from '../../../support/run.ts'
import { openSandbox } from '../../../support/sandbox.ts'

const sandbox = await openSandbox('print')

async function printed(flags: readonly string[], job: readonly string[], key = sandbox.newKey()) {
  const result = await sandbox.run([paths.bin.exec, '--print-command', ...flags, key, ...job])
  return { status: result.status, stdout: String(result.stdout), stderr: String(result.stderr), key }
}

test('shows the command, the events, job control and each setting with its origin, and runs nothing', async () => {
  const key = sandbox.newKey()
  const config = join(sandbox.home, 'config.json')
  const jobs = { [key]: { 'success-status': '0,3' }, '*': { 'fail-if': ['a b', 'c'] } }
  writeFileSync(config, JSON.stringify({ CRONITOR_LOG: 'log', jobs }), { mode: 0o600 })
  const flags = ['--config', config, '--quiet-success', '--buffer-size', '10m', '--series', 'abc']
  const { status, stdout, stderr } = await printed(flags, ["echo it's; touch ran"], key)
  expect([status, stderr]).toEqual([0, ''])
  const base = `GET ${sandbox.api.url}/p/[redacted]/${key}?state=`
  for (const line of [
    `  /bin/sh -c 'echo it'\\''s; touch ran'`,
    `  ${base}run&series=abc&`,
    `  ${base}complete&series=abc&`,
    `  success-status  0,3      success-status of ${key} in ${config}\n`,
    `  fail-if         a b | c  fail-if of * in ${config}\n`,
    '  quiet-success   yes      --quiet-success\n',
    '  buffer-size     10m      --buffer-size\n',
    `CRONITOR_LOG in ${config}\n`,
  ])
    expect(stdout).toContain(line)
  expect(stdout).toMatch(/^ {2}CRONITOR_API_KEY +\[redacted\] +environment$/m)
  expect(stdout).toMatch(/^ {2}CRONITOR_SPOOL_MAX_AGE +7d +default$/m)
  expect(stdout).not.toContain(PRINTED_KEY)
  expect(sandbox.api.events(key)).toEqual([])
  expect(existsSync(join(sandbox.home, 'ran'))).toBe(false)
  expect(readdirSync(sandbox.home)).not.toContain('log')
})

test('a key in the command is redacted; a command that is not there is shown with its status', async () => {
  const { status, stdout } = await printed([], ['no-such-program', PRINTED_KEY])
  expect(status).toBe(0)
  expect(stdout).toMatch(
    /^command\n {2}no-such-program '?\[redacted\]'?\n {2}exit status 127: command not found: no-such-program\n/,
  )
})

test('a wrong command line is a usage error, and a settings file cannot ask for it', async () => {
  expect(await printed(['--require', '('], ['true'])).toMatchObject({ status: 125, stdout: '' })
  const key = sandbox.newKey()
  const config = join(sandbox.home, 'switch.json')
  writeFileSync(config, JSON.stringify({ jobs: { '*': { 'print-command': true } } }), { mode: 0o600 })
  const result = await sandbox.run([paths.bin.exec, '--config', config, key, 'echo', 'ran'])
  expect(String(result.stdout)).toBe('ran\n')
  expect(String(result.stderr)).toBe(
    `cronitor-exec: print-command of * in ${config}: there is no such setting; going on without it\n`,
  )
})

test.skipIf(isExecutable)(
  'without its own script, the job is not run either (the executable is one file)',
  async () => {
    const installation = installationInto()
    rmSync(join(installation, 'dist/print.cjs'))
    const exec = join(installation, 'bin/cronitor-exec')
    const result = await sandbox.run([exec, '--print-command', 'key', '--', 'echo', 'ran'])
    expect([result.status, String(result.stdout)]).toEqual([125, ''])
  },
)

test.skipIf(isExecutable)(
  'if the code of job control is missing, a job with settings runs without it (the executable is one file)',
  async () => {
    const installation = installationInto()
    rmSync(join(installation, 'dist/control.cjs'))
    const key = sandbox.newKey()
    const config = join(sandbox.home, 'timeout.json')
    writeFileSync(config, JSON.stringify({ jobs: { [key]: { timeout: '1h' } } }), { mode: 0o600 })
    const exec = join(installation, 'bin/cronitor-exec')
    const result = await sandbox.run([exec, '--config', config, key, 'sh', '-c', 'echo ran; exit 7'])
    expect([result.status, String(result.stdout)]).toEqual([7, 'ran\n'])
    expect(String(result.stderr)).toMatch(
      /^cronitor-exec: job control failed, so the job runs without it: [^\n]*control[^\n]*\n$/,
    )
    sandbox.eventsOf(key)
  },
)

test.skipIf(isExecutable)(
  'with a damaged installation, the job is not run either (the executable is one file)',
  async () => {
    const installation = installationInto()
    rmSync(join(installation, 'dist/exec.cjs'))
    const exec = join(installation, 'bin/cronitor-exec')
    const plain = await sandbox.run([exec, 'key', '--', 'echo', 'ran'])
    expect([plain.status, String(plain.stdout)]).toEqual([0, 'ran\n'])
    const result = await sandbox.run([exec, '--print-command', 'key', '--', 'echo', 'ran'])
    expect([result.status, String(result.stdout)]).toEqual([125, ''])
  },
)
