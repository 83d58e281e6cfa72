import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readControl } from '../../../../src/commands/exec/control/read-control.ts'
import { tempDir } from '../../../support/temp.ts'

const home = tempDir('read-control')
const userFile = join(home, '.config/cronitor/cronitor.json')
const systemFile = join(home, 'system.json')
mkdirSync(join(home, '.config/cronitor'), { recursive: true })
// Not root's, so that the file below HOME is used.
const euid = process.geteuid?.() || 1

function read(files: { readonly user?: unknown; readonly system?: unknown }, flags: object = {}) {
  writeFileSync(userFile, JSON.stringify(files.user ?? {}))
  writeFileSync(systemFile, JSON.stringify(files.system ?? {}))
  const { control, origins, warnings } = readControl(
    'backup',
    { output: true, ...flags },
    { env: { HOME: home }, euid, systemFile },
  )
  return { control, origins: Object.fromEntries(origins), warnings }
}

test('the command line, the monitor, all monitors; the user before the system', () => {
  const user = {
    jobs: { backup: { 'success-status': '0,3' }, '*': { 'success-status': 5, 'strict-status': true } },
  }
  const system = { jobs: { backup: { 'strict-status': false, 'success-status': '9' } } }
  expect(read({ user, system })).toEqual({
    control: { successStatus: new Set([0, 3]), strictStatus: true },
    origins: {
      successStatus: `success-status of backup in ${userFile}`,
      strictStatus: `strict-status of * in ${userFile}`,
    },
    warnings: [],
  })
  const { control, origins } = read({ user, system }, { successStatus: new Set([1]) })
  expect(control.successStatus).toEqual(new Set([1]))
  expect(origins.successStatus).toBe('--success-status')
  expect(read({ system }).control).toEqual({ successStatus: new Set([9]) })
})

test('a wrong setting gives a warning and counts as not given', () => {
  const user = {
    jobs: { backup: { 'success-status': '0-999', 'strict-status': 'yes', timeuot: '2h', toString: 1 } },
  }
  const { control, warnings } = read({ user })
  expect(control).toEqual({})
  expect(warnings).toEqual([
    `success-status of backup in ${userFile}: expected exit statuses from 0 to 255 such as 0,3-5; going on without it`,
    `strict-status of backup in ${userFile}: expected true or false; going on without it`,
    `timeuot of backup in ${userFile}: there is no such setting; going on without it`,
    `toString of backup in ${userFile}: there is no such setting; going on without it`,
  ])
})

test.each([
  [
    { jobs: [] },
    `jobs in ${userFile}: expected an object with a member for each monitor key; going on without it`,
  ],
  [
    { jobs: { backup: '2h' } },
    `jobs.backup in ${userFile}: expected an object of settings; going on without it`,
  ],
])('%j', (user, warning) => {
  expect(read({ user })).toEqual({ control: {}, origins: {}, warnings: [warning] })
})

test('settings of another monitor and names of Object.prototype are not used', () => {
  expect(read({ user: { jobs: { other: { 'strict-status': true } } } }).control).toEqual({})
  expect(read({ user: { jobs: {} } }).warnings).toEqual([])
})
