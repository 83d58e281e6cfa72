import { expect, test, vi } from 'vitest'
import * as defaults from '../../src/settings/defaults.ts'
import { loadSettings } from '../../src/settings/load.ts'

/** A different value for each default, and how each is written where users read it. */
const CHANGED: Readonly<Record<keyof typeof defaults, { readonly value: unknown; readonly text: string }>> = {
  DEFAULT_URL: { value: 'https://changed.example', text: 'https://changed.example' },
  DEFAULT_METHOD: { value: 'POST', text: 'default: POST' },
  DEFAULT_DELIVER_WITHIN_MS: { value: 11_000, text: '11s' },
  DEFAULT_SPOOL_MAX_AGE_MS: { value: 12 * 86_400_000, text: '12d' },
  DEFAULT_SPOOL_MAX_BYTES: { value: 13 * 1024 * 1024, text: '13m' },
  SYSTEM_FILE: { value: '/changed/cronitor.json', text: '' },
  USER_FILE: { value: 'changed/settings.json', text: '~/.config/changed/settings.json' },
  ROOT_SPOOL_DIR: { value: '/changed/spool', text: '/changed/spool' },
  USER_SPOOL_DIR: { value: 'changed/user-spool', text: '~/.local/state/changed/user-spool' },
  ROOT_LOCK_DIR: { value: '/changed/lock', text: '/changed/lock' },
  USER_LOCK_DIR: { value: 'changed/user-lock', text: '~/.local/state/changed/user-lock' },
  ROOT_DATA_DIR: { value: '/changed/data', text: '/changed/data' },
  USER_DATA_DIR: { value: 'changed/user-data', text: '~/.local/state/changed/user-data' },
  DEFAULT_LISTEN: { value: '127.0.0.14', text: 'default: 127.0.0.14' },
  DEFAULT_PORT: { value: 8415, text: 'default: 8415' },
  DEFAULT_RETAIN_MS: { value: 16 * 86_400_000, text: '16d' },
  DEFAULT_MAX_MONITORS: { value: 10_016, text: 'default: 10016' },
  DEFAULT_SERVER: { value: 'http://127.0.0.17:8417', text: 'http://127.0.0.17:8417' },
  DEFAULT_RUNS: { value: 18, text: 'default: 18' },
  ROOT_BACKUP_DIR: { value: '/changed/backups', text: '/changed/backups' },
  USER_BACKUP_DIR: { value: 'changed/user-backups', text: '~/.local/state/changed/user-backups' },
  DEFAULT_GRACE_MS: { value: 19 * 60_000, text: 'default: 19m' },
}

/** What users read of the options: `--help` of each command, and the lists of docs/reference.md and of the manual pages. */
async function shownTexts(): Promise<readonly string[]> {
  const { program } = await import('../../src/commands/program.ts')
  const { CONTROL_OPTIONS } = await import('../../src/commands/exec/control/control-options.ts')
  const { LISTS, withOptionLists } = await import('./option-lists.ts')
  const cronitor = program({ exec: async () => {} }, CONTROL_OPTIONS)
  const help = [cronitor, ...cronitor.commands, ...cronitor.commands.flatMap(each => each.commands)]
    .map(command => command.helpInformation())
    .join('\n')
  const names = Object.keys(LISTS).join(' ')
  const markdown = withOptionLists(`<!-- options: begin ${names} -->\n<!-- options: end -->\n`, 'md')
  const manual = withOptionLists(`.\\" options: begin ${names}\n.\\" options: end\n`, 'man')
  return [help, markdown, manual].map(text => text.replace(/\\\(ti/g, '~').replace(/\s+/g, ' '))
}

test('a changed default is in --help, the reference, the manual pages and the settings', async () => {
  vi.resetModules()
  vi.doMock('../../src/settings/defaults.ts', () =>
    Object.fromEntries(Object.entries(CHANGED).map(([name, { value }]) => [name, value])),
  )
  const [help = '', markdown = '', manual = ''] = await shownTexts()
  for (const { text } of Object.values(CHANGED)) {
    expect(help).toContain(text)
    expect(manual).toContain(text.replace('default:', 'Default:'))
    // The table has a column for defaults.
    expect(markdown).toContain(text.replace('default:', '|'))
  }
  const changed = await import('../../src/settings/load.ts')
  const { settings } = changed.loadSettings({ flags: {}, env: {}, euid: 0 })
  expect(settings).toMatchObject({
    url: { kind: 'usable', base: CHANGED.DEFAULT_URL.value },
    method: CHANGED.DEFAULT_METHOD.value,
    deliverWithinMs: CHANGED.DEFAULT_DELIVER_WITHIN_MS.value,
    spoolMaxAgeMs: CHANGED.DEFAULT_SPOOL_MAX_AGE_MS.value,
    spoolMaxBytes: CHANGED.DEFAULT_SPOOL_MAX_BYTES.value,
    spoolDir: CHANGED.ROOT_SPOOL_DIR.value,
  })
  vi.doUnmock('../../src/settings/defaults.ts')
})

test('the list of changed defaults is complete, and each value differs from the default', () => {
  expect(Object.keys(CHANGED).toSorted()).toEqual(Object.keys(defaults).toSorted())
  for (const [name, value] of Object.entries(defaults)) {
    expect(CHANGED[name as keyof typeof defaults].value).not.toBe(value)
  }
  expect(loadSettings({ flags: {}, env: {}, euid: 0 }).settings.method).toBe(defaults.DEFAULT_METHOD)
})
