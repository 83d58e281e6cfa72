import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withSubcommands } from '../../../src/commands/completions/completed-command.ts'
import { completedPrograms } from '../../../src/commands/completions/print-completions.ts'
import { program } from '../../../src/commands/program.ts'
import { KIND_NAMES, startShell, TAB, whyNot } from '../../support/completing-shell.ts'
import { seedFrom } from '../../support/seeded-random.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'

/** Most have a meaning for one of the shells. */
const CHARACTER = fc.constantFrom(...`aZ09-_.:=@%+/,~^#!$&*()[]{}<>?|;'"\\`, '`', 'ü', '漢', '😀')

const KEYS_TO_TRY = Number(process.env.TEST_COMPLETIONS_KEYS || 24)

/** Programs that know these monitor keys, and write their number of arguments and the arguments into a file. */
function programs(keys: readonly string[]): string {
  const bin = join(tempDir('bin'), 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'keys'), keys.map(key => `${key}\n`).join(''))
  writeFileSync(join(bin, 'given'), '')
  const text = `#!/bin/sh
if [ "$*" = 'completions --keys' ]; then cat '${bin}/keys'; else printf '%s\\n' "$# $*" >> '${bin}/given'; fi
`
  for (const name of ['cronitor', 'cronitor-exec']) writeFileSync(join(bin, name), text, { mode: 0o755 })
  return bin
}

const { cronitor, wrapper } = completedPrograms(control => program({ exec: async () => {} }, control))

/** What is typed, and the words that can follow it, from the tables of options. */
const wanted = [
  ...withSubcommands(cronitor)
    .filter(({ path }) => path[0] !== 'help')
    .map(command => ({ typed: ['cronitor', ...command.path, '-'].join(' '), options: command.options })),
  { typed: 'cronitor-exec -', options: wrapper.options },
].map(({ typed, options }) => ({ typed, words: options.flatMap(({ names }) => names).toSorted() }))

describe.each(KIND_NAMES)('%s', name => {
  const reason = whyNot(name)
  const suffix = reason === undefined ? '' : ` (skipped: ${reason})`

  test.skipIf(reason !== undefined)(`completes the job's command as that command${suffix}`, async () => {
    const bin = programs(['nightly', 'db:nightly'])
    writeFileSync(join(bin, 'only-this-program'), '', { mode: 0o755 })
    const shell = await startShell(name, bin)
    const lines: Readonly<Record<string, string>> = {
      'cronitor-exec nightly only-thi': 'cronitor-exec nightly only-this-program ',
      'cronitor exec --env x nightly only-thi': 'cronitor exec --env x nightly only-this-program ',
      'cronitor-exec db:nightly -- only-thi': 'cronitor-exec db:nightly -- only-this-program ',
      'cronitor-exec nightly A=1 only-thi': 'cronitor-exec nightly A=1 only-this-program ',
      'cronitor-exec nightly cat /usr/bi': 'cronitor-exec nightly cat /usr/bin/',
      // An option of the job, although the wrapper has one of that name, too.
      'cronitor-exec nightly cronitor ping --stat': 'cronitor-exec nightly cronitor ping --stat',
      'cronitor-exec db:nightly -- cronitor pi': 'cronitor-exec db:nightly -- cronitor ping ',
      'cronitor-exec nightly cronitor-exec db:n': 'cronitor-exec nightly cronitor-exec db:nightly ',
    }
    const completed: Record<string, string> = {}
    for (const typed of Object.keys(lines)) completed[typed] = await shell.line(`${typed}${TAB}`)
    expect(completed).toEqual(lines)
  })

  // What is completed does not depend on the place of the file.
  if (name === 'zsh with an installed file') return

  test.skipIf(reason !== undefined)(`offers the options of the tables, and no others${suffix}`, async () => {
    const shell = await startShell(name, programs([]))
    const offered = []
    for (const { typed } of wanted) offered.push({ typed, words: await shell.candidates(typed) })
    expect(offered).toEqual(wanted)
  })

  test.skipIf(reason !== undefined)(`completes commands, options, values and files${suffix}`, async () => {
    const shell = await startShell(name, programs(['nightly', 'db:nightly', 'db:weekly']))
    const lines: Readonly<Record<string, string>> = {
      'cronitor pi': 'cronitor ping ',
      'cronitor spool fl': 'cronitor spool flush ',
      'cronitor help spool fl': 'cronitor help spool flush ',
      'cronitor --env x -vk secret pi': 'cronitor --env x -vk secret ping ',
      'cronitor --tick ping ni': 'cronitor --tick ping nightly ',
      'cronitor ping --state co': 'cronitor ping --state complete ',
      'cronitor ping --state=co': 'cronitor ping --state=complete ',
      'cronitor ping nightly --stat': 'cronitor ping nightly --stat',
      'cronitor completions zs': 'cronitor completions zsh ',
      'cronitor exec -v --log /usr/bi': 'cronitor exec -v --log /usr/bin/',
      'cronitor-exec --spool-dir=/usr/shar': 'cronitor-exec --spool-dir=/usr/share/',
      'cronitor crontab check /usr/bi': 'cronitor crontab check /usr/bin/',
      'cronitor ping db:n': 'cronitor ping db:nightly ',
      'cronitor exec ni': 'cronitor exec nightly ',
      'cronitor-exec --env --lock ni': 'cronitor-exec --env --lock nightly ',
    }
    const completed: Record<string, string> = {}
    for (const typed of Object.keys(lines)) completed[typed] = await shell.line(`${typed}${TAB}`)
    expect(completed).toEqual({
      ...lines,
      'cronitor ping nightly --stat': completed['cronitor ping nightly --stat'],
    })
    expect(await shell.candidates('cronitor exec --on-locked ')).toEqual(['fail', 'ok', 'skip'])
  })

  test.skipIf(reason !== undefined)(`quotes a monitor key so that the command gets it${suffix}`, async () => {
    const seed = seedFrom('TEST_COMPLETIONS_SEED')
    const keys = fc.sample(fc.array(CHARACTER, { minLength: 1, maxLength: 8 }), {
      seed,
      numRuns: KEYS_TO_TRY,
    })
    // fish leaves a quote open behind some characters at the end, such as `/`.
    const end = name === 'fish' ? 'z' : ''
    const numbered = keys.map((characters, index) => `k${index}-${characters.join('')}${end}`)
    const bin = programs(numbered)
    const shell = await startShell(name, bin)
    const given = () => readFileSync(join(bin, 'given'), 'utf8').split('\n').slice(0, -1)
    for (const index of numbered.keys()) {
      const quote = ['', '"', "'"][index % 3] ?? ''
      shell.enter(`cronitor ping ${quote}k${index}-${TAB}`)
      await until(
        () => `TEST_COMPLETIONS_SEED=${seed}, ${numbered[index]}: ${shell.shown()}`,
        () => given().length > index,
      )
    }
    expect(given(), `TEST_COMPLETIONS_SEED=${seed}`).toEqual(numbered.map(key => `2 ping ${key}`))
  })
})
