import { describe, expect, test } from 'vitest'
import { normalizeArguments } from '../../src/commands/normalize-arguments.ts'
import { PING_OPTIONS } from '../../src/commands/ping/ping-options.ts'
import { program } from '../../src/commands/program.ts'
import { LISTS } from '../docs/option-lists.ts'
import { readExec } from './exec/read-exec.ts'

const cronitor = program({ exec: async () => {} })
const read = (...args: string[]) => normalizeArguments(cronitor, args, false)

describe('options in front of the name of a command', () => {
  test('move behind it if they belong to the command', () => {
    expect(read('--no-stdout', 'exec', 'k', 'x')).toEqual(['exec', '--no-stdout', 'k', 'x'])
    expect(read('--tick', '-n', 'a', 'ping', 'k')).toEqual(['ping', '--tick', '-n', 'a', 'k'])
    expect(read('--json', '--quiet', 'serve')).toEqual(['serve', '--json', '--quiet'])
    expect(read('--rejected', 'spool', 'list')).toEqual(['spool', '--rejected', 'list'])
    expect(read('--limit=3', 'runs', 'k')).toEqual(['runs', '--limit', '3', 'k'])
  })

  test('stay in front if they do not belong to the command', () => {
    expect(read('--env', 'exec', 'serve')).toEqual(['--env', 'exec', 'serve'])
    expect(read('--tick', 'exec', 'k', 'x')).toEqual(['--tick', 'exec', 'k', 'x'])
  })

  test('stay unchanged from the first unknown one on', () => {
    expect(read('--env=a', '--nonsense', 'b', 'exec', 'k')).toEqual([
      '--env',
      'a',
      '--nonsense',
      'b',
      'exec',
      'k',
    ])
    expect(read('--env', 'a', '--', 'exec')).toEqual(['--env', 'a', '--', 'exec'])
    expect(read('--env')).toEqual(['--env'])
  })

  test('take a value in all commands that have them, or in none', () => {
    const takesValue = new Map<string, boolean>()
    for (const { flags } of Object.values(LISTS).flat()) {
      for (const name of flags.match(/(?<=^|, )--?[a-zA-Z][a-z-]*/g) ?? []) {
        expect([name, takesValue.get(name) ?? flags.includes('<')]).toEqual([name, flags.includes('<')])
        takesValue.set(name, flags.includes('<'))
      }
    }
  })
})

describe('the forms of the official client', () => {
  test.each([
    [['-k=abc'], { apiKey: 'abc' }],
    [['-kabc'], { apiKey: 'abc' }],
    [['-vk', 'abc'], { verbose: true, apiKey: 'abc' }],
    [['-vk=abc'], { verbose: true, apiKey: 'abc' }],
    [['-v'], { verbose: true, output: true }],
    [['--verbose=true', '--no-stdout=1'], { verbose: true, output: false }],
    [['--no-stdout=false'], { output: true }],
    [['--no-stdout'], { output: false }],
    [['-u', 'root,app', '--users=root', '--api-version', '2025-11-28'], { output: true }],
    [['--use-dev'], { url: 'http://localhost:8000' }],
    [['--use-dev', '--url', 'http://a.example'], { url: 'http://a.example' }],
    [['--use-dev', '--url', ''], { url: 'http://localhost:8000' }],
  ])('%j', async (options, flags) => {
    const { request } = await readExec(...options, 'key', '-k=x', '--no-stdout')
    expect(request).toMatchObject({ monitorKey: 'key', argv: ['-k=x', '--no-stdout'], flags })
  })

  test('a switch takes no other value', async () => {
    expect((await readExec('--quiet=loud', 'key', 'x')).result).toEqual({
      kind: 'usage-error',
      problem: "option '--quiet' takes no value",
    })
  })
})

test('an empty value counts as not given for each option of exec', async () => {
  const { request: without } = await readExec('key', 'x')
  for (const list of [LISTS.EXEC, LISTS.SETTINGS]) {
    for (const { flags } of list ?? []) {
      if (!flags.includes('<')) continue
      for (const name of flags.replace(/ <.*/, '').split(', ')) {
        for (const given of [[name, ''], [`${name}=`]]) {
          expect([given, (await readExec(...given, 'key', 'x')).request]).toEqual([given, without])
        }
      }
    }
  }
})

test('an empty value does not remove an earlier one', async () => {
  expect((await readExec('--env', 'prod', '--env', '', 'key', 'x')).request?.flags.env).toBe('prod')
})

test('an empty value counts as not given for each option of ping, serve and runs', () => {
  for (const [name, list] of [
    ['ping', PING_OPTIONS],
    ['serve', LISTS.SERVE],
    ['runs', LISTS.RUNS],
  ] as const) {
    const command = cronitor.commands.find(each => each.name() === name)
    for (const { flags } of list ?? []) {
      const option = flags.replace(/ <.*/, '').split(', ').at(-1) ?? ''
      if (command === undefined || !flags.includes('<')) continue
      expect(normalizeArguments(command, [option, '', `${option}=`, 'k'], false)).toEqual(['k'])
    }
  }
})
