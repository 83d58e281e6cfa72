import { expect, test } from 'vitest'
import { defaultSpoolDir } from '../../src/settings/spool-folder.ts'

test('a user’s spool is in the state folder of XDG, else in its place at home', () => {
  const home = '/home/me/.local/state/cronitor/spool'
  expect(defaultSpoolDir({ HOME: '/home/me' }, 1000)).toBe(home)
  expect(defaultSpoolDir({ HOME: '/home/me', XDG_STATE_HOME: '/state' }, 1000)).toBe('/state/cronitor/spool')
  expect(defaultSpoolDir({ XDG_STATE_HOME: '/state' }, 1000)).toBe('/state/cronitor/spool')
  for (const relative of ['', 'state', './state', '~/state']) {
    expect(defaultSpoolDir({ HOME: '/home/me', XDG_STATE_HOME: relative }, 1000)).toBe(home)
  }
})

test('a user without a home has none', () => {
  for (const HOME of [undefined, '', '.', 'home', '~'])
    expect(defaultSpoolDir({ HOME }, 1000)).toBeUndefined()
})

test('root’s is the system’s, whatever HOME and XDG_STATE_HOME say', () => {
  for (const env of [{}, { HOME: '/home/me' }, { HOME: '/root', XDG_STATE_HOME: '/home/me/state' }]) {
    expect(defaultSpoolDir(env, 0)).toBe('/var/spool/cronitor')
  }
})
