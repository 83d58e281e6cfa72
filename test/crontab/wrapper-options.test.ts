import { expect, test } from 'vitest'
import { CONTROL_OPTIONS } from '../../src/commands/exec/control/control-options.ts'
import { EXEC_OPTIONS } from '../../src/commands/exec/exec-options.ts'
import { PING_OPTIONS } from '../../src/commands/ping/ping-options.ts'
import { SETTINGS_OPTIONS } from '../../src/commands/settings-options.ts'
import { OPTIONS_WITH_VALUE } from '../../src/crontab/wrapper-options.ts'

test('crontabs are read with the options that the commands have', () => {
  const rows = [...SETTINGS_OPTIONS, ...EXEC_OPTIONS, ...CONTROL_OPTIONS, ...PING_OPTIONS]
  const names = rows.flatMap(({ flags }) => (flags.includes('<') ? (flags.match(/--?[a-z-]+/g) ?? []) : []))
  const ofOfficialClient = ['--ping-api-host']
  expect([...OPTIONS_WITH_VALUE].sort()).toEqual([...new Set([...names, ...ofOfficialClient])].sort())
})
