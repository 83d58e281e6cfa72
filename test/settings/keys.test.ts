import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type LoadOptions, loadSettings } from '../../src/settings/load.ts'
import type { SettingsFlags } from '../../src/settings/sources.ts'
import { tempDir } from '../support/temp.ts'

/** The user ID that the settings are loaded for: the test's user, or another if that is root, whose files everybody trusts. */
const USER = process.geteuid?.() || 1000

function keyFile(content: string): string {
  const path = join(tempDir('key'), 'key')
  writeFileSync(path, content)
  return path
}

function load(flags: SettingsFlags, env: LoadOptions['env'], files: { user?: object; system?: object } = {}) {
  const base = tempDir('keys')
  const write = (name: string, content: object | undefined) => {
    const path = join(base, name)
    if (content !== undefined) writeFileSync(path, JSON.stringify(content), { mode: 0o600 })
    return path
  }
  mkdirSync(join(base, 'cronitor'), { mode: 0o700 })
  write('cronitor/cronitor.json', files.user)
  return loadSettings({
    flags,
    env: { XDG_CONFIG_HOME: base, ...env },
    euid: USER,
    systemFile: write('system.json', files.system),
    systemHostname: () => 'host',
  })
}

describe('the choice of the key', () => {
  test('without any there is no key and no warning', () => {
    const { settings, warnings } = load({}, {})
    expect(settings.key).toBeUndefined()
    expect(settings.secrets).toEqual([])
    expect(warnings).toEqual([])
  })

  test("a ping API key in the system's file takes precedence over an API key on the command line", () => {
    const { settings } = load({ apiKey: 'api' }, {}, { system: { CRONITOR_PING_API_KEY: 'ping' } })
    expect(settings.key).toBe('ping')
  })

  test('within a source, a key takes precedence over a key file', () => {
    const path = keyFile('from-file')
    expect(load({ apiKey: 'direct', apiKeyFile: path }, {}).settings.key).toBe('direct')
    expect(load({}, { CRONITOR_API_KEY: 'direct', CRONITOR_API_KEY_FILE: path }).settings.key).toBe('direct')
  })

  test('a key file takes precedence over a key in a later source', () => {
    const { settings } = load({ apiKeyFile: keyFile('from-file') }, { CRONITOR_API_KEY: 'direct' })
    expect(settings.key).toBe('from-file')
  })
})

describe('a key file', () => {
  test.each([
    'k3y',
    'k3y\n',
    'k3y\r\n',
    '  k3y \n',
    '\uFEFFk3y\n',
    'k3y\nowner: me\n',
    'k3y\rnote',
    '  \n\r\nk3y\n',
  ])('contains the key in its first line that is not empty: %j', content => {
    const { settings, warnings } = load({}, { CRONITOR_API_KEY_FILE: keyFile(content) })
    expect(settings.key).toBe('k3y')
    expect(settings.secrets).toEqual(['k3y'])
    expect(warnings).toEqual([])
  })

  test.each(['', '\n', '  \n\r\n'])('that is empty gives one warning and no key: %j', content => {
    const { settings, warnings } = load({ apiKeyFile: keyFile(content) }, {})
    expect(settings.key).toBeUndefined()
    expect(warnings).toEqual([
      expect.stringMatching(/^--api-key-file: \/.* is empty, expected a key, so there is no API key$/),
    ])
  })

  test('with a malformed key gives one warning that names the file', () => {
    const path = keyFile('se same')
    const { settings, warnings } = load({}, { CRONITOR_API_KEY_FILE: path })
    expect(settings.key).toBeUndefined()
    expect(warnings).toEqual([
      `CRONITOR_API_KEY_FILE: ${path}: expected a key of printable ASCII characters without white space, so there is no API key`,
    ])
  })

  test.each([
    ['flag', '--api-key-file'],
    ['environment', 'CRONITOR_API_KEY_FILE'],
    ['user file', 'CRONITOR_API_KEY_FILE in /'],
  ])(
    'that does not exist is one warning and no key, also where a lesser source has one: %s',
    (where, name) => {
      const missing = '/nonexistent/key'
      const { settings, warnings } = load(
        where === 'flag' ? { apiKeyFile: missing } : {},
        where === 'environment' ? { CRONITOR_API_KEY_FILE: missing } : {},
        {
          ...(where === 'user file' ? { user: { CRONITOR_API_KEY_FILE: missing } } : {}),
          system: { CRONITOR_API_KEY: 'lesser' },
        },
      )
      expect(settings.key).toBeUndefined()
      expect(settings.secrets).toEqual(['lesser'])
      expect(warnings).toHaveLength(1)
      expect(warnings[0]?.startsWith(name)).toBe(true)
      expect(warnings[0]).toContain('/nonexistent/key does not exist, so there is no API key')
    },
  )

  test('is not named in a warning if its name may be the key', () => {
    const { warnings } = load({ apiKeyFile: '4319e94e890a013d' }, {})
    expect(warnings).toHaveLength(1)
    expect(warnings.join()).not.toContain('4319e94e890a013d')
  })

  test('that is a folder or a FIFO gives one warning at once', () => {
    const fifo = join(tempDir(), 'fifo')
    execFileSync('mkfifo', ['-m', '600', fifo])
    for (const path of [fifo, tempDir()]) {
      expect(load({ apiKeyFile: path }, {}).warnings).toEqual([
        `--api-key-file: ${path} is not a regular file, so there is no API key`,
      ])
    }
  })

  test('with a relative path is searched beside the settings file', () => {
    const base = tempDir('config')
    mkdirSync(join(base, 'cronitor'), { mode: 0o700 })
    writeFileSync(join(base, 'cronitor', 'key'), 'beside', { mode: 0o600 })
    const user = { CRONITOR_API_KEY_FILE: 'key' }
    writeFileSync(join(base, 'cronitor', 'cronitor.json'), JSON.stringify(user), { mode: 0o600 })
    const { settings } = load({}, { XDG_CONFIG_HOME: base })
    expect(settings.key).toBe('beside')
  })
})

describe('a malformed key', () => {
  test.each(['se same', 'sésame', 'sesame\0'])(
    'is one warning that does not repeat it, no key, and still a secret: %j',
    key => {
      const { settings, warnings } = load({}, { CRONITOR_API_KEY: key })
      expect(settings.key).toBeUndefined()
      expect(settings.secrets).toEqual([key.trim()])
      expect(warnings).toEqual([
        'CRONITOR_API_KEY: expected a key of printable ASCII characters without white space, so there is no API key',
      ])
    },
  )

  test('is a value in a file that is not text', () => {
    const { settings, warnings } = load({}, {}, { system: { CRONITOR_API_KEY: 12_345_678 } })
    expect(settings.key).toBeUndefined()
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/^CRONITOR_API_KEY in .*: expected text/)
    expect(warnings[0]).not.toContain('12345678')
  })

  test('for pings does not prevent the use of the API key', () => {
    const { settings, warnings } = load({ apiKey: 'api' }, { CRONITOR_PING_API_KEY: 'p ing' })
    expect(settings.key).toBe('api')
    expect(warnings).toHaveLength(1)
  })
})

describe('the secrets', () => {
  test('are the keys of all sources without duplicates, including unused ones', () => {
    const { settings, warnings } = load(
      { apiKey: 'flag-api', pingApiKey: 'flag-ping', apiKeyFile: keyFile('flag-file') },
      {
        CRONITOR_API_KEY: 'env-api',
        CRONITOR_PING_API_KEY: 'flag-ping',
        CRONITOR_API_KEY_FILE: keyFile('env-file\n'),
      },
      {
        user: { CRONITOR_API_KEY: 'user-api', CRONITOR_PING_API_KEY: '' },
        system: { CRONITOR_PING_API_KEY: 'system-ping', CRONITOR_API_KEY_FILE: keyFile('system-file') },
      },
    )
    expect([...settings.secrets].sort()).toEqual(
      [
        'flag-api',
        'flag-ping',
        'flag-file',
        'env-api',
        'env-file',
        'user-api',
        'system-ping',
        'system-file',
      ].sort(),
    )
    expect(settings.key).toBe('flag-ping')
    expect(warnings).toEqual([])
  })

  test('are collected without warnings from key files that are not used', () => {
    const { settings, warnings } = load({ apiKey: 'flag' }, { CRONITOR_API_KEY_FILE: '/nonexistent' })
    expect(settings.key).toBe('flag')
    expect(warnings).toEqual([])
  })
})
