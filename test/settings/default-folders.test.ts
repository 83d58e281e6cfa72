import { expect, test } from 'vitest'
import { dataDirOf, defaultDataDir, defaultSpoolDir } from '../../src/settings/default-folders.ts'

test.each([
  [{ HOME: '/home/me', XDG_STATE_HOME: '/state' }, 0, '/var/lib/cronitor'],
  [{ HOME: '/home/me', XDG_STATE_HOME: '/state' }, 1000, '/state/cronitor'],
  [{ HOME: '/home/me', XDG_STATE_HOME: 'relative' }, 1000, '/home/me/.local/state/cronitor'],
  [{ HOME: '/home/me' }, 1000, '/home/me/.local/state/cronitor'],
  [{ HOME: 'relative' }, 1000, undefined],
  [{}, 1000, undefined],
])('with %j, user %i has the data folder %s', (env, euid, folder) => {
  expect(defaultDataDir(env, euid)).toBe(folder)
})

test('white space around CRONITOR_DATA_DIR is removed', () => {
  expect(dataDirOf(undefined, { CRONITOR_DATA_DIR: ' /data\n' }, 0)).toBe('/data')
  expect(dataDirOf(undefined, { CRONITOR_DATA_DIR: '\n' }, 0)).toBe('/var/lib/cronitor')
})

test('a user’s spool is below XDG_STATE_HOME, else below ~/.local/state', () => {
  const home = '/home/me/.local/state/cronitor/spool'
  expect(defaultSpoolDir({ HOME: '/home/me' }, 1000)).toBe(home)
  expect(defaultSpoolDir({ HOME: '/home/me', XDG_STATE_HOME: '/state' }, 1000)).toBe('/state/cronitor/spool')
  expect(defaultSpoolDir({ XDG_STATE_HOME: '/state' }, 1000)).toBe('/state/cronitor/spool')
  for (const relative of ['', 'state', './state', '~/state']) {
    expect(defaultSpoolDir({ HOME: '/home/me', XDG_STATE_HOME: relative }, 1000)).toBe(home)
  }
})

test('a user without a home folder has no spool folder', () => {
  for (const HOME of [undefined, '', '.', 'home', '~'])
    expect(defaultSpoolDir({ HOME }, 1000)).toBeUndefined()
})

test('root’s spool is the system’s, whatever HOME and XDG_STATE_HOME say', () => {
  for (const env of [{}, { HOME: '/home/me' }, { HOME: '/root', XDG_STATE_HOME: '/home/me/state' }]) {
    expect(defaultSpoolDir(env, 0)).toBe('/var/spool/cronitor')
  }
})
