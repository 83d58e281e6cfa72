import { describe, expect, test } from 'vitest'
import { runCommandLine } from '../../../src/commands/command-line.ts'
import type { ExecRequest } from '../../../src/commands/exec/exec-command.ts'
import { program } from '../../../src/commands/program.ts'
import { readExec } from './read-exec.ts'

const problemOf = async (...argv: string[]) => {
  const { result, request } = await readExec(...argv)
  expect(request).toBeUndefined()
  return result.kind === 'usage-error' ? result.problem : result.kind
}

test('options end at the monitor key; everything after it belongs to the job', async () => {
  const { request } = await readExec('--env', 'prod', 'key', 'cmd', '--env', 'x', '-k', '', '--', '--help')
  expect(request).toMatchObject({ monitorKey: 'key', argv: ['cmd', '--env', 'x', '-k', '', '--', '--help'] })
  expect(request?.flags.env).toBe('prod')
})

test('one -- directly after the key is dropped, and no other', async () => {
  expect((await readExec('key', '--', '--', 'cmd', '--')).request?.argv).toEqual(['--', 'cmd', '--'])
  expect((await readExec('--', 'key', '--', 'cmd')).request).toMatchObject({
    monitorKey: 'key',
    argv: ['cmd'],
  })
})

test('values have either form, and no switch takes the next argument as its value', async () => {
  const { request } = await readExec(
    '--env=a=b',
    '--no-output',
    '--verbose',
    '-kabc',
    '--deliver-within',
    '1500ms',
    'key',
    'x',
  )
  expect(request?.flags).toMatchObject({
    env: 'a=b',
    output: false,
    verbose: true,
    apiKey: 'abc',
    deliverWithin: 1500,
  })
  expect(request?.monitorKey).toBe('key')
})

test('variables without a command are a usage error', async () => {
  for (const argv of [['A=1'], ['A=1', 'B=x y'], ['--', 'A='], ['LANG=C']]) {
    expect(await problemOf('key', ...argv)).toBe('no command to run after the variables (NAME=VALUE)')
  }
  expect((await readExec('key', 'A=1; x')).request?.argv).toEqual(['A=1; x'])
  expect((await readExec('key', 'A=1', 'x')).request?.argv).toEqual(['A=1', 'x'])
})

test('--shell is the absolute path of a program that is a shell', async () => {
  expect((await readExec('--shell', '/bin/sh', 'key', 'x')).request?.flags.shell).toBe('/bin/sh')
  for (const shell of ['/nonexistent', 'sh', '/etc/passwd', '/usr', '/bin/false']) {
    expect(await problemOf('--shell', shell, 'key', 'x')).toMatch(/--shell.*expected the absolute path/)
  }
})

test('a usage error is one line', async () => {
  expect(await problemOf()).toMatch(/monitor-key/)
  expect(await problemOf('key')).toMatch(/no command to run/)
  expect(await problemOf('key', '--')).toMatch(/no command to run/)
  expect(await problemOf('a b', 'x')).toMatch(/wrong monitor key/)
  expect(await problemOf('..', 'x')).toMatch(/wrong monitor key/)
  expect(await problemOf('--nonsense', 'key', 'x')).toMatch(/unknown option '--nonsense'/)
  expect(await problemOf('--env')).toMatch(/argument missing/)
  expect(await problemOf('--deliver-within', '5x', 'key', 'x')).toMatch(
    /--deliver-within.*expected a duration/,
  )
})

test('the options of the spool are parsed into numbers and booleans', async () => {
  const { request } = await readExec(
    '--spool-max-size=64k',
    '--spool-max-age',
    '2h',
    '--no-stamp',
    'key',
    'x',
  )
  expect(request?.flags).toMatchObject({
    spoolMaxSize: 65_536,
    spoolMaxAge: 7_200_000,
    stamp: false,
    spool: true,
    courier: true,
    output: true,
  })
  expect(await problemOf('--spool-max-size', '1g', 'key', 'x')).toMatch(/--spool-max-size.*expected a size/)
  expect(await problemOf('--spool-max-age', '1w', 'key', 'x')).toMatch(/--spool-max-age.*expected a duration/)
})

test('a wrong value is not shown, since it can hold a password', async () => {
  const problem = await problemOf('--url', 'https://me:secret@host', 'key', 'x')
  expect(problem).toMatch(/--url/)
  expect(problem).not.toMatch(/secret/)
})

test('options can precede the subcommand; those after it have precedence', async () => {
  let request: ExecRequest | undefined
  const cronitor = program({
    async exec(given) {
      request = given
    },
  })
  await runCommandLine(cronitor, [
    '--env',
    'outer',
    '--hostname=h',
    'exec',
    '--env',
    'inner',
    'key',
    'cmd',
    '--env',
    'x',
  ])
  expect(request).toMatchObject({
    monitorKey: 'key',
    argv: ['cmd', '--env', 'x'],
    flags: { env: 'inner', hostname: 'h' },
  })
})

describe('--no-… before the subcommand', () => {
  const switches = ['spool', 'courier', 'stamp'] as const

  async function execFlags(...argv: string[]) {
    let request: ExecRequest | undefined
    const cronitor = program({
      async exec(given) {
        request = given
      },
    })
    await runCommandLine(cronitor, argv)
    return request?.flags
  }

  test.each(switches)('is not overridden by the default of exec for --no-%s', async name => {
    const others = Object.fromEntries(switches.map(each => [each, each !== name]))
    expect(await execFlags(`--no-${name}`, 'exec', 'key', 'x')).toMatchObject({ ...others, output: true })
    expect(await execFlags('exec', `--no-${name}`, 'key', 'x')).toMatchObject({ ...others, output: true })
    expect(await execFlags('exec', 'key', 'x', `--no-${name}`)).toMatchObject({ [name]: true, output: true })
  })

  test('can be combined with another one after it', async () => {
    expect(await execFlags('--no-spool', '--env', 'x', 'exec', '--no-output', 'key', 'x')).toMatchObject({
      spool: false,
      courier: true,
      output: false,
      env: 'x',
    })
  })
})
