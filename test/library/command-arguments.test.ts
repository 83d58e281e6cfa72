import { describe, expect, test } from 'vitest'
import { CONTROL_OPTIONS } from '../../src/commands/exec/control/control-options.ts'
import { EXEC_OPTIONS } from '../../src/commands/exec/exec-options.ts'
import type { OptionRow } from '../../src/commands/option-table.ts'
import { PING_OPTIONS } from '../../src/commands/ping/ping-options.ts'
import { SETTINGS_OPTIONS } from '../../src/commands/settings-options.ts'
import { checkOptions, commandArguments, PING_FORMS, RUN_FORMS } from '../../src/library/command-arguments.ts'
import { WrongArgumentError } from '../../src/library/wrong-argument-error.ts'

/** `deliverWithin` for `--deliver-within <duration>`. */
function nameOf({ flags }: OptionRow): string {
  const [, long = ''] = /--([\w-]+)/.exec(flags) ?? []
  const positive = flags.includes('<') ? long : long.replace(/^no-/, '')
  return positive.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** Not put on the command line: the library has them in another form. */
const ELSEWHERE = ['apiKey', 'pingApiKey', 'message', 'metric']

/** For the command line alone. */
const LEFT_OUT = [
  'printCommand', // the result says what was done
  'dryRun',
  'quiet', // nothing is printed
  'verbose',
  'strictStatus', // the result has `state`
  'useDev', // old names for what there is
  'stdout',
  'users',
  'apiVersion',
  'run',
  'complete',
  'fail',
  'ok',
  'tick',
]

test.each([
  ['run', RUN_FORMS, [...EXEC_OPTIONS, ...CONTROL_OPTIONS, ...SETTINGS_OPTIONS]],
  ['ping', PING_FORMS, [...PING_OPTIONS, ...SETTINGS_OPTIONS]],
])('%s has each option of the command, or there is a reason why not', (_name, forms, rows) => {
  const names = rows.map(nameOf).filter(name => !LEFT_OUT.includes(name) && !ELSEWHERE.includes(name))
  expect(Object.keys(forms).toSorted()).toEqual(names.toSorted())
})

test.each([
  ['run', RUN_FORMS, [...EXEC_OPTIONS, ...CONTROL_OPTIONS, ...SETTINGS_OPTIONS]],
  ['ping', PING_FORMS, [...PING_OPTIONS, ...SETTINGS_OPTIONS]],
])('%s gives each option as the command reads it', (_name, forms, rows) => {
  for (const row of rows) {
    const form = forms[nameOf(row) as keyof typeof forms] as string | undefined
    if (form === undefined) continue
    const expected = row.flags.includes('<')
      ? row.repeatable
        ? 'each'
        : 'value'
      : row.flags.includes('--no-')
        ? 'no'
        : 'switch'
    expect(form, row.flags).toBe(expected)
  }
})

const argumentsFor = (options: Readonly<Record<string, unknown>>) =>
  commandArguments(options, RUN_FORMS, ['cwd'])

test('options become arguments of the command', () => {
  expect(
    argumentsFor({
      deliverWithin: '10s',
      spool: false,
      courier: true,
      lock: true,
      usage: false,
      retries: 2,
      spoolMaxSize: 4096,
      failIf: ['a', 'b'],
      redact: 'c=d',
      env: undefined,
      cwd: '/',
    }),
  ).toEqual([
    '--deliver-within=10s',
    '--no-spool',
    '--lock',
    '--retries=2',
    '--spool-max-size=4096',
    '--fail-if=a',
    '--fail-if=b',
    '--redact=c=d',
  ])
})

describe('wrong options', () => {
  test.each<[Readonly<Record<string, unknown>>, string]>([
    [{ timeOut: '5s' }, "unknown option 'timeOut'"],
    [{ constructor: '5s' }, "unknown option 'constructor'"],
    [{ lock: 'yes' }, "option 'lock': expected true or false"],
    [{ spool: 0 }, "option 'spool': expected true or false"],
    [{ timeout: 5000 }, "option 'timeout': expected text with a unit, such as '90s'"],
    [{ env: {} }, "option 'env': expected text"],
    [{ env: 'a\0b' }, "option 'env': expected text"],
    [
      { signal: new AbortController().signal },
      "option 'signal': expected a signal's name; an AbortSignal is given as abortSignal",
    ],
  ])('%j', (options, message) => {
    expect(() => argumentsFor(options)).toThrow(new WrongArgumentError(message))
  })
})

test('a wrong argument is a TypeError with a code', () => {
  const error = new WrongArgumentError('why')
  expect(error).toBeInstanceOf(TypeError)
  expect({ ...error, text: String(error) }).toEqual({
    name: 'WrongArgumentError',
    code: 'ERR_CRONITOR_ARGUMENT',
    text: 'WrongArgumentError: why',
  })
})

test.each(['ok', null, 3])('%j instead of options', options => {
  expect(() => checkOptions(options)).toThrow(
    new WrongArgumentError("the options: expected an object, such as { env: 'production' }"),
  )
})
