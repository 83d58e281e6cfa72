import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CONTROL_OPTIONS } from '../../src/commands/exec/control/control-options.ts'
import { EXEC_OPTIONS } from '../../src/commands/exec/exec-options.ts'
import { SETTINGS_OPTIONS } from '../../src/commands/settings-options.ts'

test('the launcher knows which options take the next argument as their value', () => {
  const launcher = readFileSync(new URL('../../bin/launch.sh', import.meta.url), 'utf8')
  const [, list = ''] = /(-k \| [^)]*)\) _cx_length=2/.exec(launcher) ?? []
  const withValue = [...EXEC_OPTIONS, ...CONTROL_OPTIONS, ...SETTINGS_OPTIONS].filter(({ flags }) =>
    flags.includes('<'),
  )
  const names = withValue.flatMap(({ flags }) => flags.replace(/ <.*/, '').split(', '))
  expect(list.split(/[ |\\\n]+/).sort()).toEqual(names.sort())
})
