import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keyOrigin, settingInSources } from '../../src/settings/setting-origins.ts'
import { tempDir } from '../support/temp.ts'

const euid = process.geteuid?.() ?? 0

function settingsFile(values: object): string {
  const path = join(tempDir('origins'), 'c.json')
  writeFileSync(path, JSON.stringify(values), { mode: 0o600 })
  return path
}

test('all sources of a setting are listed, the one that is used first', () => {
  const config = settingsFile({ CRONITOR_ENV: 'file', CRONITOR_LOG: '' })
  const options = {
    flags: { config, env: 'flag' },
    env: { CRONITOR_ENV: ' variable ' },
    euid,
    systemFile: '/none',
  }
  const sourcesOf = settingInSources(options)
  expect(sourcesOf('CRONITOR_ENV')).toEqual([
    { origin: '--env', value: 'flag' },
    { origin: 'CRONITOR_ENV', value: 'variable' },
    { origin: `CRONITOR_ENV in ${config}`, value: 'file' },
  ])
  expect(sourcesOf('CRONITOR_LOG')).toEqual([])
})

test.each([
  [
    'a ping key wins, wherever it is from',
    {},
    { CRONITOR_API_KEY: 'one' },
    { CRONITOR_PING_API_KEY: 'two' },
    'two',
    /^CRONITOR_PING_API_KEY in /,
  ],
  ['a flag before a variable', { apiKey: 'one' }, { CRONITOR_API_KEY: 'two' }, {}, 'one', /^--api-key$/],
  [
    'a variable before a file',
    {},
    { CRONITOR_API_KEY_FILE: '/key' },
    { CRONITOR_API_KEY: 'two' },
    'one',
    /^CRONITOR_API_KEY_FILE$/,
  ],
  [
    'a wrong ping key is not used',
    {},
    { CRONITOR_PING_API_KEY: 'a b' },
    { CRONITOR_API_KEY: 'two' },
    'two',
    /^CRONITOR_API_KEY in /,
  ],
  ['no key', {}, {}, {}, undefined, undefined],
])('the origin of the key: %s', (_, flags, env, values, key, expected) => {
  const options = { flags: { ...flags, config: settingsFile(values) }, env, euid, systemFile: '/none' }
  const origin = keyOrigin(options, key)
  if (expected === undefined) expect(origin).toBeUndefined()
  else expect(origin).toMatch(expected)
})
