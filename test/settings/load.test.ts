import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { loadSettings } from '../../src/settings/load.ts'
import type { Settings } from '../../src/settings/settings.ts'
import type { SettingName, SettingsFlags } from '../../src/settings/sources.ts'
import { tempDir } from '../support/temp.ts'

const ME = process.geteuid?.() ?? 0
/** The user ID that the settings are loaded for: the test's user, or another if that is root, whose files everybody trusts. */
const USER = ME || 1000

let home: string
let systemFile: string
let userFile: string

beforeEach(() => {
  home = tempDir('home')
  systemFile = join(tempDir('etc'), 'cronitor.json')
  userFile = join(home, '.config', 'cronitor', 'cronitor.json')
  mkdirSync(join(home, '.config', 'cronitor'), { recursive: true, mode: 0o700 })
})

function put(path: string, content: object | string): void {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 })
  chmodSync(path, 0o600)
}

function load(flags: SettingsFlags = {}, env: Record<string, string | undefined> = {}, euid = USER) {
  return loadSettings({
    flags,
    env: { HOME: home, ...env },
    euid,
    systemHostname: () => 'system-host',
    systemFile,
  })
}

const configured = (base: string) => ({ kind: 'usable', base, isBuiltIn: false })

describe('with nothing configured', () => {
  test('the defaults are used without a warning', () => {
    expect(load()).toEqual({
      settings: {
        key: undefined,
        keyFile: undefined,
        isMissingKeyExplained: false,
        secrets: [],
        anonymous: false,
        env: undefined,
        hostname: 'system-host',
        url: { kind: 'usable', base: 'https://cronitor.link', isBuiltIn: true },
        method: 'GET',
        deliverWithinMs: 5000,
        spool: true,
        spoolDir: join(home, '.local', 'state', 'cronitor', 'spool'),
        isSpoolDirChosen: false,
        spoolMaxAgeMs: 604_800_000,
        spoolMaxBytes: 67_108_864,
        courier: true,
        stamp: true,
        log: undefined,
      },
      warnings: [],
    })
  })

  test('the settings cannot be changed', () => {
    const { settings } = load()
    expect(Object.isFrozen(settings)).toBe(true)
    expect(Object.isFrozen(settings.secrets)).toBe(true)
  })

  test('the host is localhost if the system gives no name', () => {
    const systemHostname = () => {
      throw new Error('uv_os_gethostname')
    }
    expect(
      loadSettings({ flags: {}, env: {}, euid: USER, systemFile, systemHostname }).settings.hostname,
    ).toBe('localhost')
  })
})

describe('precedence', () => {
  interface Row {
    readonly name: SettingName
    readonly setting: keyof Settings
    /** A flag and its result; then raw values and their results: environment, user's file, system's file. */
    readonly flag: readonly [SettingsFlags, unknown]
    readonly rest: readonly (readonly [string, unknown])[]
    readonly otherwise: unknown
  }
  const same = (...texts: string[]) => texts.map(text => [text, text] as const)
  const keyFileIn = (text: string) => {
    const path = join(tempDir('key'), 'key')
    writeFileSync(path, text)
    return path
  }
  const rows: Row[] = [
    {
      name: 'CRONITOR_API_KEY',
      setting: 'key',
      flag: [{ apiKey: 'flag' }, 'flag'],
      rest: same('environment', 'user', 'system'),
      otherwise: undefined,
    },
    {
      name: 'CRONITOR_API_KEY_FILE',
      setting: 'key',
      flag: [{ apiKeyFile: keyFileIn('flag') }, 'flag'],
      rest: ['environment', 'user', 'system'].map(text => [keyFileIn(text), text] as const),
      otherwise: undefined,
    },
    {
      name: 'CRONITOR_PING_API_KEY',
      setting: 'key',
      flag: [{ pingApiKey: 'flag' }, 'flag'],
      rest: same('environment', 'user', 'system'),
      otherwise: undefined,
    },
    {
      name: 'CRONITOR_ENV',
      setting: 'env',
      flag: [{ env: 'flag' }, 'flag'],
      rest: same('environment', 'user', 'system'),
      otherwise: undefined,
    },
    {
      name: 'CRONITOR_HOSTNAME',
      setting: 'hostname',
      flag: [{ hostname: 'flag' }, 'flag'],
      rest: same('environment', 'user', 'system'),
      otherwise: 'system-host',
    },
    {
      name: 'CRONITOR_TELEMETRY_URL',
      setting: 'url',
      flag: [{ url: 'http://flag' }, configured('http://flag')],
      rest: [
        ['http://environment', configured('http://environment')],
        ['http://user', configured('http://user')],
        ['http://system', configured('http://system')],
      ],
      otherwise: { kind: 'usable', base: 'https://cronitor.link', isBuiltIn: true },
    },
    {
      name: 'CRONITOR_DELIVER_WITHIN',
      setting: 'deliverWithinMs',
      flag: [{ deliverWithin: 1500 }, 1500],
      rest: [
        ['2', 2000],
        ['3m', 180_000],
        ['4ms', 4],
      ],
      otherwise: 5000,
    },
    {
      name: 'CRONITOR_SPOOL_DIR',
      setting: 'spoolDir',
      flag: [{ spoolDir: '/flag' }, '/flag'],
      rest: same('/environment', '/user', '/system'),
      otherwise: '/state/cronitor/spool',
    },
    {
      name: 'CRONITOR_SPOOL_MAX_AGE',
      setting: 'spoolMaxAgeMs',
      flag: [{ spoolMaxAge: 1500 }, 1500],
      rest: [
        ['2', 2000],
        ['3d', 259_200_000],
        ['4ms', 4],
      ],
      otherwise: 604_800_000,
    },
    {
      name: 'CRONITOR_SPOOL_MAX_SIZE',
      setting: 'spoolMaxBytes',
      flag: [{ spoolMaxSize: 1500 }, 1500],
      rest: [
        ['2', 2],
        ['3k', 3072],
        ['4m', 4_194_304],
      ],
      otherwise: 67_108_864,
    },
    ...(['spool', 'courier', 'stamp'] as const).map(
      (setting): Row => ({
        name: `CRONITOR_NO_${setting.toUpperCase() as 'SPOOL' | 'COURIER' | 'STAMP'}`,
        setting,
        flag: [{ [setting]: false }, false],
        rest: [
          ['no', true],
          ['yes', false],
          ['1', false],
        ],
        otherwise: true,
      }),
    ),
    {
      name: 'CRONITOR_LOG',
      setting: 'log',
      flag: [{ log: '/flag' }, '/flag'],
      rest: same('/environment', '/user', '/system'),
      otherwise: undefined,
    },
    {
      name: 'CRONITOR_ANONYMOUS',
      setting: 'anonymous',
      flag: [{ anonymous: true }, true],
      rest: [
        ['no', false],
        ['yes', true],
        ['1', true],
      ],
      otherwise: false,
    },
  ]

  test.each(rows)('$name: flag, environment, user file, system file, default', row => {
    const [inEnvironment, inUser, inSystem] = row.rest
    if (!inEnvironment || !inUser || !inSystem) throw new Error('a row has three lesser sources')
    const [flags, ofFlag] = row.flag
    const look = (given: SettingsFlags, env: string | undefined) => {
      const { settings, warnings } = load(given, { XDG_STATE_HOME: '/state', [row.name]: env })
      expect(warnings).toEqual([])
      return settings[row.setting]
    }
    expect(look({}, undefined)).toEqual(row.otherwise)
    expect(look({}, '')).toEqual(row.otherwise)

    put(systemFile, { [row.name]: inSystem[0] })
    expect(look({}, undefined)).toEqual(inSystem[1])
    expect(look({}, '')).toEqual(inSystem[1])

    put(userFile, { [row.name]: '' })
    expect(look({}, undefined)).toEqual(inSystem[1])
    put(userFile, { [row.name]: inUser[0] })
    expect(look({}, undefined)).toEqual(inUser[1])
    expect(look({}, '')).toEqual(inUser[1])

    expect(look({}, inEnvironment[0])).toEqual(inEnvironment[1])

    expect(look(flags, inEnvironment[0])).toEqual(ofFlag)
    expect(look(flags, undefined)).toEqual(ofFlag)
  })

  test.each(rows)('$name: an empty flag counts as not given', row => {
    const [flag] = Object.entries(row.flag[0])
    if (typeof flag?.[1] !== 'string') return
    const [inEnvironment] = row.rest
    const { settings } = load({ [flag[0]]: '' }, { [row.name]: inEnvironment?.[0] })
    expect(settings[row.setting]).toEqual(inEnvironment?.[1])
  })

  test.each(['spool', 'courier', 'stamp'] as const)(
    'a flag %s that is true, as where --no-%s is not given, says nothing',
    setting => {
      const name = `CRONITOR_NO_${setting.toUpperCase()}`
      expect(load({ [setting]: true }, { [name]: '1' }).settings[setting]).toBe(false)
      expect(load({ [setting]: true }).settings[setting]).toBe(true)
    },
  )

  test('the method is set only by the flag', () => {
    put(systemFile, { CRONITOR_METHOD: 'HEAD' })
    expect(load({ method: 'POST' }, { CRONITOR_METHOD: 'HEAD' }).settings.method).toBe('POST')
    expect(load({}, { CRONITOR_METHOD: 'HEAD' }).settings.method).toBe('GET')
  })
})

describe('a wrong value', () => {
  test.each<[SettingName, unknown, keyof Settings, unknown, string]>([
    ['CRONITOR_DELIVER_WITHIN', '1.5s', 'deliverWithinMs', 5000, 'expected a duration such as'],
    ['CRONITOR_DELIVER_WITHIN', '2000d', 'deliverWithinMs', 5000, 'expected a duration of at most 1000d'],
    ['CRONITOR_ANONYMOUS', 'perhaps', 'anonymous', false, 'expected 1, true, yes'],
    ['CRONITOR_NO_SPOOL', 'perhaps', 'spool', true, 'expected 1, true, yes'],
    ['CRONITOR_NO_COURIER', 'on', 'courier', true, 'expected 1, true, yes'],
    ['CRONITOR_NO_STAMP', '2', 'stamp', true, 'expected 1, true, yes'],
    ['CRONITOR_SPOOL_MAX_AGE', '1w', 'spoolMaxAgeMs', 604_800_000, 'expected a duration such as'],
    ['CRONITOR_SPOOL_MAX_SIZE', '1g', 'spoolMaxBytes', 67_108_864, 'expected a size such as'],
    ['CRONITOR_SPOOL_MAX_SIZE', '9999999m', 'spoolMaxBytes', 67_108_864, 'expected a size of at most'],
  ])(
    'of %s (%j) is one warning that does not repeat it, and the default is used',
    (name, wrong, setting, otherwise, words) => {
      // The value of a later source is not used.
      put(systemFile, {
        CRONITOR_DELIVER_WITHIN: '9s',
        CRONITOR_TELEMETRY_URL: 'http://x',
        CRONITOR_ANONYMOUS: 1,
        CRONITOR_NO_SPOOL: true,
        CRONITOR_NO_COURIER: 1,
        CRONITOR_NO_STAMP: 'yes',
        CRONITOR_SPOOL_MAX_AGE: '9s',
        CRONITOR_SPOOL_MAX_SIZE: '9',
      })
      const fromEnvironment = load({}, { [name]: String(wrong) })
      expect(fromEnvironment.settings[setting]).toEqual(otherwise)
      expect(fromEnvironment.warnings).toHaveLength(1)
      expect(fromEnvironment.warnings[0]?.startsWith(`${name}: ${words}`)).toBe(true)
      expect(fromEnvironment.warnings[0]).not.toContain(`${wrong};`)

      put(userFile, { [name]: wrong })
      const fromFile = load()
      expect(fromFile.settings[setting]).toEqual(otherwise)
      expect(fromFile.warnings).toHaveLength(1)
      expect(fromFile.warnings[0]?.startsWith(`${name} in ${userFile}: ${words}`)).toBe(true)
      expect(fromFile.warnings.join() + fromEnvironment.warnings.join()).not.toContain('hunter2')
    },
  )

  test.each<[SettingName, unknown, keyof Settings, unknown]>([
    ['CRONITOR_ENV', 1, 'env', undefined],
    ['CRONITOR_HOSTNAME', ['a'], 'hostname', 'system-host'],
    ['CRONITOR_LOG', { toString: 1 }, 'log', undefined],
    ['CRONITOR_DELIVER_WITHIN', true, 'deliverWithinMs', 5000],
    ['CRONITOR_DELIVER_WITHIN', 1.5, 'deliverWithinMs', 5000],
    ['CRONITOR_DELIVER_WITHIN', -1, 'deliverWithinMs', 5000],
    ['CRONITOR_ANONYMOUS', { toString: 1 }, 'anonymous', false],
    ['CRONITOR_API_KEY_FILE', 7, 'key', undefined],
    ['CRONITOR_LOG', false, 'log', undefined],
    ['CRONITOR_SPOOL_MAX_AGE', 1.5, 'spoolMaxAgeMs', 604_800_000],
    ['CRONITOR_SPOOL_MAX_SIZE', -1, 'spoolMaxBytes', 67_108_864],
    ['CRONITOR_SPOOL_MAX_SIZE', 1e21, 'spoolMaxBytes', 67_108_864],
    ['CRONITOR_SPOOL_MAX_SIZE', ['1m'], 'spoolMaxBytes', 67_108_864],
    ['CRONITOR_NO_SPOOL', {}, 'spool', true],
  ])('of the wrong type for %s (%j) gives one warning', (name, wrong, setting, otherwise) => {
    put(userFile, { [name]: wrong, CRONITOR_PING_API_KEY: '' })
    const { settings, warnings } = load()
    expect(settings[setting]).toEqual(otherwise)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]?.startsWith(`${name} in ${userFile}: expected`)).toBe(true)
  })

  test('is ignored if an earlier source has the setting', () => {
    put(systemFile, { CRONITOR_ENV: 1 })
    const { settings, warnings } = load(
      { deliverWithin: 1 },
      { CRONITOR_DELIVER_WITHIN: 'soon', CRONITOR_ENV: 'a' },
    )
    expect(settings.deliverWithinMs).toBe(1)
    expect(warnings).toEqual([])
  })

  test('in a file does not affect the other values of the file', () => {
    put(userFile, { CRONITOR_DELIVER_WITHIN: 'soon', CRONITOR_ENV: 'b' })
    expect(load().settings.env).toBe('b')
  })
})

describe('an address that cannot be used', () => {
  const KEPT = 'events are kept in the spool until that is fixed'

  test.each([
    ['relay:8427', '"relay:8427"'],
    ['cronitor.link', '"cronitor.link"'],
    ['ftp://relay/', '"ftp://relay/"'],
    ['http:relay', '"http:relay"'],
    ['https://me:hunter2@x', '"https://…@x"'],
    ['me:hunter2@relay:8427', '"…@relay:8427"'],
    ['https://me:hun/t@er2@x', '"https://…@x"'],
    ['http://relay/?token=hunter2', '"http://relay/?…"'],
    ['http://relay/#hunter2', '"http://relay/?…"'],
    ['http://re\nlay', '"http://re\nlay"'],
    ['http://relay:99999', '"http://relay:99999"'],
    ['http://', '"http://"'],
  ])('is never replaced; one warning shows it without secrets: %j', (wrong, shown) => {
    put(systemFile, { CRONITOR_TELEMETRY_URL: 'http://lesser' })
    const { settings, warnings } = load({ apiKey: 'k3y' }, { CRONITOR_TELEMETRY_URL: wrong })
    const problem = `CRONITOR_TELEMETRY_URL: expected an http:// or https:// address without user name, password, query or fragment, not ${shown}`
    expect(settings.url).toEqual({ kind: 'unusable', problem })
    expect(warnings).toEqual([`${problem}; ${KEPT}`])
    expect(warnings.join()).not.toMatch(/hunter2|hun|er2/)
  })

  test.each([true, 8427, ['http://x'], {}])('may have the wrong type: %j', wrong => {
    put(userFile, { CRONITOR_TELEMETRY_URL: wrong })
    const { settings, warnings } = load({ apiKey: 'k3y' })
    expect(settings.url.kind).toBe('unusable')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/^CRONITOR_TELEMETRY_URL in .*, not a JSON (boolean|number|array|object); /)
  })

  test('loses events if the spool is off, and the warning says so', () => {
    const { warnings } = load({ apiKey: 'k3y', spool: false }, { CRONITOR_TELEMETRY_URL: 'relay' })
    expect(warnings).toEqual([
      expect.stringMatching(/not "relay"; events are lost, because the spool is off$/),
    ])
  })

  test('is ignored if an earlier source has a valid one', () => {
    const { settings, warnings } = load({ url: 'http://flag' }, { CRONITOR_TELEMETRY_URL: 'relay' })
    expect(settings.url).toEqual(configured('http://flag'))
    expect(warnings).toEqual([])
  })

  test('may be in a file that cannot be used, so no other address is used instead', () => {
    put(userFile, '{"CRONITOR_TELEMETRY_URL": "http://relay",}')
    const broken = load({ apiKey: 'k3y' })
    expect(broken.settings.url.kind).toBe('unusable')
    const why = `settings file is not used: ${userFile} is not valid JSON`
    expect(broken.warnings).toEqual([`${why}; it may set the address to send to, so ${KEPT}`])
    expect(load({ apiKey: 'k3y', url: 'http://flag' })).toMatchObject({
      settings: { url: configured('http://flag') },
      warnings: [why],
    })
    expect(load().warnings).toEqual([`${why}; no API key is set elsewhere`])

    put(userFile, '{"CRONITOR_ENV": "x",}')
    expect(load({ apiKey: 'k3y' }).settings.url).toMatchObject({ isBuiltIn: true })
    expect(load({ apiKey: 'k3y', config: '/nonexistent/file' }).settings.url).toMatchObject({
      kind: 'unusable',
      problem: 'settings file is not used: /nonexistent/file does not exist',
    })
  })

  test('can be several, separated by commas', () => {
    const list = 'https://one.example/,http://two.example:8427,http://three.example'
    const others = ['http://two.example:8427', 'http://three.example']
    const all = { ...configured('https://one.example'), others }
    expect(load({ url: list }).settings.url).toEqual(all)
    expect(load({}, { CRONITOR_TELEMETRY_URL: list }).settings.url).toEqual(all)
    put(userFile, { CRONITOR_TELEMETRY_URL: list })
    expect(load().settings.url).toEqual(all)
  })

  test.each([
    ['https://one.example,two.example', '"https://one.example,two.example"'],
    ['https://one.example,https://me:hunter2@two.example', '"https://…@two.example"'],
    [
      'https://one.example,https://two.example/?token=hunter2',
      '"https://one.example,https://two.example/?…"',
    ],
  ])('of several, a wrong one makes the setting wrong: %j', (wrong, shown) => {
    const { settings, warnings } = load({ apiKey: 'k3y' }, { CRONITOR_TELEMETRY_URL: wrong })
    expect(settings.url.kind).toBe('unusable')
    expect(warnings).toEqual([expect.stringContaining(`, not ${shown}; ${KEPT}`)])
  })

  test('several with the default address among them count as the default: nothing else is sent to it', () => {
    const list = 'https://relay.example,https://cronitor.link'
    expect(load({ url: list }).settings.url).toMatchObject({ isBuiltIn: true })
  })

  test('the default address counts as the default even if it is set', () => {
    const { settings } = load({}, { CRONITOR_TELEMETRY_URL: 'https://cronitor.link/' })
    expect(settings.url).toMatchObject({ isBuiltIn: true })
  })
})

describe('white space around a value', () => {
  test.each<[SettingName, string, keyof Settings, unknown]>([
    ['CRONITOR_API_KEY', 'k3y', 'key', 'k3y'],
    ['CRONITOR_PING_API_KEY', 'k3y', 'key', 'k3y'],
    ['CRONITOR_ENV', 'a b', 'env', 'a b'],
    ['CRONITOR_HOSTNAME', 'host', 'hostname', 'host'],
    ['CRONITOR_TELEMETRY_URL', 'http://relay:8427', 'url', configured('http://relay:8427')],
    ['CRONITOR_DELIVER_WITHIN', '9s', 'deliverWithinMs', 9000],
    ['CRONITOR_SPOOL_DIR', '/spool', 'spoolDir', '/spool'],
    ['CRONITOR_NO_SPOOL', 'yes', 'spool', false],
    ['CRONITOR_SPOOL_MAX_AGE', '9s', 'spoolMaxAgeMs', 9000],
    ['CRONITOR_SPOOL_MAX_SIZE', '9k', 'spoolMaxBytes', 9216],
    ['CRONITOR_NO_COURIER', '1', 'courier', false],
    ['CRONITOR_NO_STAMP', '1', 'stamp', false],
    ['CRONITOR_LOG', '/log', 'log', '/log'],
    ['CRONITOR_ANONYMOUS', 'true', 'anonymous', true],
  ])('of %s is removed, in the environment and in a file', (name, value, setting, expected) => {
    for (const around of [`${value}\n`, `${value}\r\n`, ` ${value} `, `\t${value}\t`, `\n ${value}\u00a0`]) {
      const fromEnvironment = load({}, { [name]: around })
      expect(fromEnvironment.settings[setting]).toEqual(expected)
      expect(fromEnvironment.warnings).toEqual([])
      put(systemFile, { [name]: around })
      expect(load()).toMatchObject({ settings: { [setting]: expected }, warnings: [] })
      put(systemFile, {})
    }
    const fallback = load().settings[setting]
    expect(load({}, { [name]: ' \n' }).settings[setting]).toEqual(fallback)
  })

  test('is removed from the paths of a key file and of CRONITOR_CONFIG', () => {
    const path = join(home, 'key')
    put(path, 'k3y')
    expect(load({}, { CRONITOR_API_KEY_FILE: ` ${path}\n` }).settings.key).toBe('k3y')
    put(userFile, { CRONITOR_ENV: 'named' })
    expect(load({}, { HOME: undefined, CRONITOR_CONFIG: `${userFile}\n` }).settings.env).toBe('named')
  })
})

describe('JSON in a file', () => {
  test('may set ages in seconds, sizes in bytes, and switches as true or false', () => {
    put(userFile, {
      CRONITOR_SPOOL_MAX_AGE: 60,
      CRONITOR_SPOOL_MAX_SIZE: 4096,
      CRONITOR_NO_SPOOL: true,
      CRONITOR_NO_COURIER: 1,
      CRONITOR_NO_STAMP: false,
    })
    const { settings, warnings } = load()
    expect(settings).toMatchObject({
      spoolMaxAgeMs: 60_000,
      spoolMaxBytes: 4096,
      spool: false,
      courier: false,
      stamp: true,
    })
    expect(warnings).toEqual([])
  })

  test('may set durations as numbers, switches as true or false, and null counts as not set', () => {
    put(userFile, { CRONITOR_DELIVER_WITHIN: 7, CRONITOR_ANONYMOUS: false, CRONITOR_ENV: null })
    put(systemFile, { CRONITOR_ANONYMOUS: true, CRONITOR_ENV: 'below' })
    const { settings, warnings } = load()
    expect(settings).toMatchObject({ deliverWithinMs: 7000, anonymous: false, env: 'below' })
    expect(warnings).toEqual([])
  })

  test('as the official client writes it can be used', () => {
    put(systemFile, {
      CRONITOR_API_KEY: 'official-key',
      CRONITOR_PING_API_KEY: '',
      CRONITOR_EXCLUDE_TEXT: ['/var/app/', '> /dev/null'],
      CRONITOR_HOSTNAME: '',
      CRONITOR_LOG: '',
      CRONITOR_ENV: 'staging',
      CRONITOR_DASH_USER: '',
      CRONITOR_DASH_PASS: '',
      CRONITOR_ALLOWED_IPS: '',
      CRONITOR_CORS_ALLOWED_ORIGINS: '',
      CRONITOR_USERS: '',
      CRONITOR_MCP_ENABLED: true,
      mcp_instances: { default: { url: 'http://localhost', username: 'a', password: 'b' } },
    })
    chmodSync(systemFile, 0o644) // as the official client leaves it
    const { settings, warnings } = load()
    expect(warnings).toEqual([])
    expect(settings).toMatchObject({
      key: 'official-key',
      secrets: ['official-key'],
      env: 'staging',
      hostname: 'system-host',
      log: undefined,
    })
  })

  test('does not confuse settings with inherited properties', () => {
    put(systemFile, '{"__proto__": {"CRONITOR_ENV": "inherited"}}')
    expect(load().settings.env).toBeUndefined()
  })

  test('that is broken gives one warning, and the other sources are used', () => {
    put(userFile, '{"CRONITOR_API_KEY": "sesame-opens"')
    put(systemFile, { CRONITOR_ENV: 'system' })
    const { settings, warnings } = load()
    expect(settings.env).toBe('system')
    expect(warnings).toEqual([
      `settings file is not used: ${userFile} is not valid JSON; no API key is set elsewhere`,
    ])
  })

  test('resolves a relative path of the log beside the file', () => {
    put(systemFile, { CRONITOR_LOG: 'cronitor.log' })
    expect(load().settings.log).toBe(join(systemFile, '..', 'cronitor.log'))
    expect(load({}, { CRONITOR_LOG: 'cronitor.log' }).settings.log).toBe('cronitor.log')
  })
})

describe('the folder of undelivered events', () => {
  test('is absolute: a flag or variable is relative to the working directory, that of a file to the file', () => {
    expect(load({ spoolDir: 'a/../spool' }).settings.spoolDir).toBe(join(process.cwd(), 'spool'))
    expect(load({}, { CRONITOR_SPOOL_DIR: 'spool' }).settings.spoolDir).toBe(join(process.cwd(), 'spool'))
    put(systemFile, { CRONITOR_SPOOL_DIR: 'spool' })
    expect(load().settings.spoolDir).toBe(join(systemFile, '..', 'spool'))
  })

  test('is the default, with a warning, if the working directory of a relative path is gone', () => {
    const cwd = vi.spyOn(process, 'cwd').mockImplementation(() => {
      throw Object.assign(new Error('uv_cwd'), { code: 'ENOENT' })
    })
    try {
      const { settings, warnings } = load({ spoolDir: 'spool' }, { XDG_STATE_HOME: '/state' })
      expect(settings.spoolDir).toBe('/state/cronitor/spool')
      expect(warnings).toEqual([
        '--spool-dir: the working directory does not exist; using /state/cronitor/spool',
      ])
      expect(load({ spoolDir: '/spool' })).toMatchObject({ settings: { spoolDir: '/spool' }, warnings: [] })
    } finally {
      cwd.mockRestore()
    }
  })

  test('gives one warning if it is not text', () => {
    put(systemFile, { CRONITOR_SPOOL_DIR: 7 })
    expect(load({}, { HOME: undefined })).toMatchObject({
      settings: { spoolDir: undefined },
      warnings: [`CRONITOR_SPOOL_DIR in ${systemFile}: expected text; going on without it`],
    })
    expect(load({}, {}, 0)).toMatchObject({ settings: { spoolDir: '/var/spool/cronitor' } })
  })

  test('of root is not in its home folder unless it is set', () => {
    const env = { XDG_STATE_HOME: join(home, 'state') }
    expect(load({}, env, 0).settings.spoolDir).toBe('/var/spool/cronitor')
    expect(load({}, { ...env, CRONITOR_SPOOL_DIR: '/named' }, 0).settings.spoolDir).toBe('/named')
  })
})

describe("the user's file", () => {
  test('is below XDG_CONFIG_HOME instead of HOME if that is an absolute path', () => {
    put(userFile, { CRONITOR_ENV: 'home' })
    const xdg = tempDir('xdg')
    mkdirSync(join(xdg, 'cronitor'), { mode: 0o700 })
    put(join(xdg, 'cronitor', 'cronitor.json'), { CRONITOR_ENV: 'xdg' })
    expect(load({}, { XDG_CONFIG_HOME: xdg }).settings.env).toBe('xdg')
    expect(load({}, { XDG_CONFIG_HOME: '' }).settings.env).toBe('home')
    expect(load({}, { XDG_CONFIG_HOME: 'relative' }).settings.env).toBe('home')
  })

  test('is not searched if HOME is missing or relative', () => {
    put(userFile, { CRONITOR_ENV: 'home' })
    for (const wrong of [undefined, '', '.', 'home']) {
      expect(load({}, { HOME: wrong })).toMatchObject({ settings: { env: undefined }, warnings: [] })
    }
  })

  test.skipIf(ME === 0)('in a HOME that may not be searched counts as missing (root may search all)', () => {
    chmodSync(home, 0)
    expect(load().warnings).toEqual([])
    expect(load({ config: userFile }).warnings).toHaveLength(1)
    chmodSync(home, 0o700)
  })

  test('is not searched for root, whatever HOME and XDG_CONFIG_HOME say', () => {
    put(userFile, '{ broken')
    for (const env of [{}, { XDG_CONFIG_HOME: join(home, '.config') }]) {
      const { settings, warnings } = load({}, env, 0)
      expect(settings.key).toBeUndefined()
      expect(warnings).toEqual([])
    }
  })

  test.each<readonly [number, string]>([
    [0o666, 'writable by everyone'],
    // The group of the test's user may be private, and then counts as the user.
    ...(ME === 0 ? [[0o620, 'writable by its group'] as const] : []),
  ])('with mode %o gives one warning and is not used', (mode, words) => {
    put(userFile, { CRONITOR_API_KEY: 'planted' })
    put(systemFile, { CRONITOR_API_KEY: 'system' })
    chmodSync(userFile, mode)
    const { settings, warnings } = load()
    expect(settings.key).toBe('system')
    expect(settings.secrets).toEqual(['system'])
    expect(warnings).toEqual([`settings file is not used: ${userFile} is ${words}`])
  })

  test('in a folder that others can write to gives one warning and is not used', () => {
    put(userFile, { CRONITOR_API_KEY: 'planted' })
    chmodSync(join(home, '.config'), 0o777)
    const { settings, warnings } = load()
    expect(settings.key).toBeUndefined()
    expect(warnings).toEqual([
      `settings file is not used: ${join(home, '.config')} is writable by everyone; no API key is set elsewhere`,
    ])
  })

  test.skipIf(ME !== 0)(
    'of another user gives one warning and is not used (only root can create one)',
    () => {
      put(userFile, { CRONITOR_API_KEY: 'planted' })
      chownSync(userFile, USER + 1, 0)
      const { settings, warnings } = load()
      expect(settings.key).toBeUndefined()
      expect(warnings).toEqual([
        `settings file is not used: ${userFile} belongs to another user (${USER + 1}); no API key is set elsewhere`,
      ])
    },
  )
})

describe('a settings file chosen by --config or CRONITOR_CONFIG', () => {
  let named: string
  beforeEach(() => {
    named = join(tempDir('named'), 'named.json')
    put(userFile, { CRONITOR_ENV: 'user', CRONITOR_LOG: '/user' })
    put(systemFile, { CRONITOR_ENV: 'system', CRONITOR_HOSTNAME: 'system' })
  })

  test("replaces the user's and takes precedence over the system's", () => {
    put(named, { CRONITOR_ENV: 'named' })
    for (const { settings, warnings } of [load({ config: named }), load({}, { CRONITOR_CONFIG: named })]) {
      expect(settings).toMatchObject({ env: 'named', log: undefined, hostname: 'system' })
      expect(warnings).toEqual([])
    }
  })

  test('by the flag takes precedence over one by the environment, which is not read', () => {
    put(named, { CRONITOR_ENV: 'named' })
    expect(load({ config: named }, { CRONITOR_CONFIG: '/nonexistent' })).toMatchObject({
      settings: { env: 'named' },
      warnings: [],
    })
  })

  test('by an empty text counts as not chosen', () => {
    expect(load({ config: '' }, { CRONITOR_CONFIG: '' }).settings.env).toBe('user')
  })

  test("that does not exist gives one warning, and the user's file is still not read", () => {
    const { settings, warnings } = load({ config: named })
    expect(settings.env).toBe('system')
    expect(warnings).toEqual([
      `settings file is not used: ${named} does not exist; no API key is set elsewhere`,
    ])
  })

  test('is also read for root', () => {
    put(named, { CRONITOR_ENV: 'named' })
    const { settings, warnings } = load({ config: named }, {}, ME)
    expect(settings.env).toBe('named')
    expect(warnings).toEqual([])
  })

  test('is refused if others can write to it', () => {
    put(named, { CRONITOR_ENV: 'named' })
    chmodSync(named, 0o602)
    expect(load({}, { CRONITOR_CONFIG: named })).toMatchObject({
      settings: { env: 'system' },
      warnings: [`settings file is not used: ${named} is writable by everyone; no API key is set elsewhere`],
    })
  })

  test("is read once if it is the system's, so that there is one warning", () => {
    put(systemFile, '{')
    expect(load({ config: systemFile }).warnings).toHaveLength(1)
  })
})
