import { expect, test } from 'vitest'
import { dataDirOf, defaultDataDir } from '../../src/settings/data-folder.ts'

test.each([
  [{ HOME: '/home/me', XDG_STATE_HOME: '/state' }, 0, '/var/lib/cronitor'],
  [{ HOME: '/home/me', XDG_STATE_HOME: '/state' }, 1000, '/state/cronitor'],
  [{ HOME: '/home/me', XDG_STATE_HOME: 'relative' }, 1000, '/home/me/.local/state/cronitor'],
  [{ HOME: '/home/me' }, 1000, '/home/me/.local/state/cronitor'],
  [{ HOME: 'relative' }, 1000, undefined],
  [{}, 1000, undefined],
])('%j of user %i: %s', (env, euid, folder) => {
  expect(defaultDataDir(env, euid)).toBe(folder)
})

test('blanks and line ends around CRONITOR_DATA_DIR are dropped', () => {
  expect(dataDirOf(undefined, { CRONITOR_DATA_DIR: ' /data\n' }, 0)).toBe('/data')
  expect(dataDirOf(undefined, { CRONITOR_DATA_DIR: '\n' }, 0)).toBe('/var/lib/cronitor')
})
