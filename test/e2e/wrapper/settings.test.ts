/** Where the built commands take their settings from, and what wrong ones do: a warning at most, once the job can run. */

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { httpProxyForTest } from '../../support/http-proxy.ts'
import { KEY } from '../../support/key.ts'
import {
  asUser,
  isRoot,
  userFile,
  userHome,
  userSpool,
  whyNoSharedGroup,
  whyNoUser,
} from '../../support/other-user.ts'
import { paths, run, start } from '../../support/run.ts'
import { systemFolder, whyNoSystemFile, withSystemFile } from '../../support/system-settings-file.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import {
  apiForTest,
  cronitor,
  exec,
  linesOf,
  reportingTo,
  startExec,
  statesOf,
} from '../../support/wrapper.ts'

const noUser = whyNoUser()
const noGroup = whyNoSharedGroup()
const noSystemFile = whyNoSystemFile()
const because = (why: string | undefined) => (why === undefined ? '' : ` (skipped: ${why})`)

const USER_FILE = '.config/cronitor/cronitor.json'

/** The spool's default folder in this user's home, because the spool of the run belongs to another user. */
const atHome = (home: string) => ({ HOME: home, CRONITOR_SPOOL_DIR: undefined })

describe.skipIf(noUser !== undefined)(`precedence${because(noUser)}`, () => {
  const LEVELS = ['flag', 'environment', 'user', 'system'] as const
  type Level = (typeof LEVELS)[number]
  const present = LEVELS.filter(level => level !== 'system' || noSystemFile === undefined)

  /** All settings as one level has them, each with a value that names the level. */
  function valuesOf(level: Level, home: string, url: string, kind: string): Record<string, string> {
    const place = LEVELS.indexOf(level)
    return {
      [kind]:
        kind === 'CRONITOR_API_KEY_FILE'
          ? userFile(home, `${level}.key`, `key-of-${level}\n`)
          : `key-of-${level}`,
      CRONITOR_ENV: `env-of-${level}`,
      CRONITOR_HOSTNAME: `host-of-${level}`,
      CRONITOR_TELEMETRY_URL: `${url}/${level}`,
      CRONITOR_DELIVER_WITHIN: `${50_001 + place}ms`,
      CRONITOR_LOG: join(home, `${level}.log`),
    }
  }

  const FLAGS: Readonly<Record<string, string>> = {
    CRONITOR_API_KEY: '--api-key',
    CRONITOR_API_KEY_FILE: '--api-key-file',
    CRONITOR_PING_API_KEY: '--ping-api-key',
    CRONITOR_ENV: '--env',
    CRONITOR_HOSTNAME: '--hostname',
    CRONITOR_TELEMETRY_URL: '--url',
    CRONITOR_DELIVER_WITHIN: '--deliver-within',
    CRONITOR_LOG: '--log',
  }

  /** A command with the settings of the given levels. */
  function withSettings(
    given: Partial<Record<Level, Readonly<Record<string, string>>>>,
    home: string,
    before: readonly string[],
    after: readonly string[],
  ) {
    if (given.user !== undefined) userFile(home, USER_FILE, JSON.stringify(given.user))
    const flags = Object.entries(given.flag ?? {}).map(([name, value]) => `${FLAGS[name]}=${value}`)
    const argv = asUser([...before, ...flags, ...after])
    return run(
      given.system === undefined ? argv : withSystemFile(systemFolder(JSON.stringify(given.system)), argv),
      { env: { ...atHome(home), ...given.environment }, cwd: '/' },
    )
  }

  describe.each(['CRONITOR_API_KEY', 'CRONITOR_API_KEY_FILE', 'CRONITOR_PING_API_KEY'])('with %s', kind => {
    test.each(present)('%s wins over what comes after it, for each setting', async level => {
      const home = userHome()
      const api = await apiForTest({
        base: /\/(flag|environment|user|system)(?=\/)/,
        respond: ({ state }) =>
          state === 'run' ? { status: 200 } : { status: 503, headers: { 'retry-after': '3600' } },
      })
      const given = Object.fromEntries(
        present
          .slice(present.indexOf(level))
          .map(each => [each, valuesOf(each, home, api.url, kind)] as const),
      )
      const { status, stderr } = await withSettings(given, home, [paths.bin.exec], ['nightly', 'true'])
      expect(status).toBe(0)
      expect(linesOf(stderr)).toEqual([
        expect.stringContaining(`within ${(50_001 + LEVELS.indexOf(level)) / 1000}s`),
      ])
      expect(statesOf(api.events())).toEqual(['run', 'complete'])
      for (const { target, params } of api.events()) {
        expect(target).toMatch(`/${level}/p/key-of-${level}/nightly?state=`)
        expect(params.get('env')).toBe(`env-of-${level}`)
        expect(params.get('host')).toBe(`host-of-${level}`)
      }
      expect(readdirSync(home).filter(name => name.endsWith('.log'))).toEqual([`${level}.log`])
    })
  })

  test('each setting is looked for on its own', async () => {
    const home = userHome()
    const api = await apiForTest()
    const log = join(home, 'log')
    const deep = noSystemFile === undefined ? 'system' : 'user'
    const user = { CRONITOR_API_KEY: 'key-of-user', CRONITOR_ENV: 'lost', CRONITOR_HOSTNAME: 'lost' }
    const below = { CRONITOR_LOG: log, CRONITOR_ENV: 'lost' }
    const given = {
      flag: { CRONITOR_ENV: 'env-of-flag' },
      environment: {
        CRONITOR_HOSTNAME: 'host-of-environment',
        CRONITOR_TELEMETRY_URL: api.url,
        CRONITOR_ENV: '',
      },
      ...(deep === 'system' ? { user, system: below } : { user: { ...below, ...user } }),
    }
    const before = [paths.bin.cronitor, 'ping', 'nightly', '--ok']
    expect(await withSettings(given, home, before, [])).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    const [event] = api.events()
    expect(event?.apiKey).toBe('key-of-user')
    expect(event?.params.get('env')).toBe('env-of-flag')
    expect(event?.params.get('host')).toBe('host-of-environment')
    expect(linesOf(readFileSync(log))).toHaveLength(1)
  })

  test('an empty value counts as not given, at each level', async () => {
    const home = userHome()
    const api = await apiForTest()
    const given = {
      flag: { CRONITOR_ENV: '', CRONITOR_API_KEY: '' },
      environment: {
        CRONITOR_TELEMETRY_URL: api.url,
        CRONITOR_ENV: '',
        CRONITOR_API_KEY: '',
        CRONITOR_PING_API_KEY: '',
      },
      user: { CRONITOR_ENV: 'env-of-user', CRONITOR_API_KEY: 'key-of-user' },
    }
    const before = [paths.bin.cronitor, 'ping', 'nightly', '--ok']
    expect(await withSettings(given, home, before, [])).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    expect(api.events()[0]?.apiKey).toBe('key-of-user')
    expect(api.events()[0]?.params.get('env')).toBe('env-of-user')
  })

  test('CRONITOR_ANONYMOUS=0 of the environment wins over 1 in the file, and --anonymous over both', async () => {
    const home = userHome()
    const api = await apiForTest()
    const env = { CRONITOR_TELEMETRY_URL: api.url, CRONITOR_API_KEY: KEY, CRONITOR_ANONYMOUS: '0' }
    const user = { CRONITOR_ANONYMOUS: '1' }
    const ping = [paths.bin.cronitor, 'ping', 'nightly', '--ok']
    await withSettings({ environment: env, user }, home, ping, [])
    await withSettings({ environment: env, user }, home, ping, ['--anonymous'])
    await withSettings({ environment: { ...env, CRONITOR_ANONYMOUS: '' }, user }, home, ping, [])
    expect(api.events().map(({ apiKey }) => apiKey)).toEqual([KEY, undefined, undefined])
  })

  test('XDG_CONFIG_HOME names the folder of the user’s file', async () => {
    const home = userHome()
    const api = await apiForTest()
    userFile(home, USER_FILE, JSON.stringify({ CRONITOR_API_KEY: 'key-in-home' }))
    userFile(home, 'xdg/cronitor/cronitor.json', JSON.stringify({ CRONITOR_API_KEY: 'key-in-xdg' }))
    const env = {
      ...atHome(home),
      XDG_CONFIG_HOME: join(home, 'xdg'),
      CRONITOR_TELEMETRY_URL: api.url,
    }
    await run(asUser([paths.bin.exec, 'nightly', 'true']), { env, cwd: '/' })
    await run(asUser([paths.bin.exec, 'nightly', 'true']), {
      env: { ...env, XDG_CONFIG_HOME: 'xdg' },
      cwd: home,
    })
    expect(api.events().map(({ apiKey }) => apiKey)).toEqual([
      ...['key-in-xdg', 'key-in-xdg'],
      ...['key-in-home', 'key-in-home'], // a relative path does not count
    ])
  })

  test.for([
    ['a file that all can write', 0o666, 0o700, /cronitor\.json is writable by everyone/],
    ['a file that its group can write', 0o660, 0o700, /cronitor\.json is writable by its group/, noGroup],
    ['a folder that all can write', 0o600, 0o777, /cronitor is writable by everyone/],
  ] as const)(
    '%s is refused with one warning, and the job runs',
    async ([, fileMode, folderMode, words, obstacle], { skip }) => {
      skip(obstacle !== undefined, obstacle)
      const home = userHome()
      const api = await apiForTest()
      userFile(
        home,
        USER_FILE,
        JSON.stringify({ CRONITOR_API_KEY: 'foreign-key', CRONITOR_ENV: 'foreign' }),
        fileMode,
      )
      chmodSync(join(home, '.config/cronitor'), folderMode)
      const { status, stdout, stderr } = await run(asUser([paths.bin.exec, 'nightly', 'echo ran']), {
        env: reportingTo(api, atHome(home)),
        cwd: '/',
      })
      expect({ status, stdout: String(stdout) }).toEqual({ status: 0, stdout: 'ran\n' })
      expect(linesOf(stderr)).toEqual([expect.stringMatching(words)])
      expect(api.events().map(({ apiKey }) => apiKey)).toEqual([KEY, KEY])
      expect(api.events()[0]?.params.has('env')).toBe(false)
    },
  )

  test('a file of another user’s is refused, also behind a link', async () => {
    const home = userHome()
    const api = await apiForTest()
    const others = tempDir('others')
    chmodSync(others, 0o777)
    writeFileSync(join(others, 'cronitor.json'), JSON.stringify({ CRONITOR_ENV: 'foreign' }), { mode: 0o644 })
    userFile(home, '.config/cronitor/unused', '')
    symlinkSync(join(others, 'cronitor.json'), join(home, USER_FILE))
    const { status, stderr } = await run(asUser([paths.bin.exec, 'nightly', 'true']), {
      env: reportingTo(api, atHome(home)),
      cwd: '/',
    })
    expect(status).toBe(0)
    expect(linesOf(stderr)).toEqual([
      expect.stringMatching(/settings file is not used: .*writable by everyone/),
    ])
    expect(api.events()[0]?.params.has('env')).toBe(false)
  })

  test('no file, and a home that cannot be entered, are no reason for a word', async () => {
    const api = await apiForTest()
    for (const home of ['/nonexistent', tempDir('closed'), undefined]) {
      const result = await run(asUser([paths.bin.exec, 'nightly', 'true']), {
        env: reportingTo(api, { HOME: home, CRONITOR_SPOOL_DIR: userSpool() }),
        cwd: '/',
      })
      expect(result).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    }
    expect(api.events()).toHaveLength(6)
  })
})

describe.skipIf(!isRoot)('root (skipped for other users)', () => {
  test('does not look for a file under HOME and XDG_CONFIG_HOME, whoever they belong to', async () => {
    const api = await apiForTest()
    const foreign = userHome()
    const own = tempDir('home')
    for (const home of [foreign, own]) {
      mkdirSync(join(home, '.config/cronitor'), { recursive: true, mode: 0o700 })
      writeFileSync(join(home, USER_FILE), JSON.stringify({ CRONITOR_API_KEY: KEY, CRONITOR_ENV: 'foreign' }))
      const env = { HOME: home, XDG_CONFIG_HOME: join(home, '.config'), CRONITOR_TELEMETRY_URL: api.url }
      const { status, stdout, stderr } = await exec(['nightly', 'echo ran'], env)
      expect({ status, stdout: String(stdout) }).toEqual({ status: 0, stdout: 'ran\n' })
      expect(linesOf(stderr)).toEqual([expect.stringMatching(/no API key/)])
    }
    expect(api.events()).toEqual([])
  })

  test.skipIf(noSystemFile !== undefined)(`uses the system’s file${because(noSystemFile)}`, async () => {
    const api = await apiForTest()
    const folder = systemFolder(JSON.stringify({ CRONITOR_API_KEY: KEY, CRONITOR_TELEMETRY_URL: api.url }))
    const result = await run(withSystemFile(folder, [paths.bin.exec, 'nightly', 'exit 3']))
    expect(result).toMatchObject({ status: 3, stderr: Buffer.alloc(0) })
    expect(statesOf(api.events())).toEqual(['run', 'fail'])
  })
})

describe('a settings file that is named', () => {
  function settingsFile(content: string | Buffer, name = 'cronitor.json'): string {
    const file = join(tempDir('config'), name)
    writeFileSync(file, content, { mode: 0o600 })
    return file
  }

  test('by -c, --config or CRONITOR_CONFIG is used, and the flag wins', async () => {
    const api = await apiForTest()
    const one = settingsFile(JSON.stringify({ CRONITOR_API_KEY: 'key-one', CRONITOR_TELEMETRY_URL: api.url }))
    const two = settingsFile(JSON.stringify({ CRONITOR_API_KEY: 'key-two', CRONITOR_TELEMETRY_URL: api.url }))
    const ping = ['ping', 'nightly', '--ok']
    await cronitor([...ping, '-c', one])
    await cronitor([...ping, `--config=${one}`], { CRONITOR_CONFIG: two })
    await cronitor(ping, { CRONITOR_CONFIG: two })
    await cronitor(['-c', one, ...ping], { CRONITOR_CONFIG: two })
    await exec(['-c', one, 'nightly', 'true'], {})
    expect(api.events().map(({ apiKey }) => apiKey)).toEqual([
      'key-one',
      'key-one',
      'key-two',
      ...Array(3).fill('key-one'),
    ])
  })

  test('as the official client writes it serves', async () => {
    const api = await apiForTest()
    const file = settingsFile(
      JSON.stringify(
        {
          CRONITOR_API_KEY: KEY,
          CRONITOR_PING_API_KEY: '',
          CRONITOR_ENV: 'production',
          CRONITOR_EXCLUDE_TEXT: ['>/dev/null', 'secret'],
          CRONITOR_HOSTNAME: 'db1',
          CRONITOR_LOG: '',
          CRONITOR_DASH_USER: 'me',
          CRONITOR_DASH_PASS: 'pass',
          CRONITOR_ALLOWED_IPS: '',
          CRONITOR_USERS: null,
          CRONITOR_CORS_ALLOWED_ORIGINS: '',
          CRONITOR_MCP_ENABLED: false,
          mcp_instances: { default: { url: 'http://localhost:9000' } },
        },
        undefined,
        2,
      ),
    )
    const result = await exec(['-c', file, 'nightly', 'true'], { CRONITOR_TELEMETRY_URL: api.url })
    expect(result).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    expect(api.events()[0]?.apiKey).toBe(KEY)
    expect(Object.fromEntries(api.events()[0]?.params ?? [])).toMatchObject({
      env: 'production',
      host: 'db1',
    })
  })

  test('with relative paths has them beside itself, wherever the job runs', async () => {
    const api = await apiForTest()
    const file = settingsFile(
      JSON.stringify({ CRONITOR_API_KEY_FILE: 'key', CRONITOR_LOG: 'log', CRONITOR_TELEMETRY_URL: api.url }),
    )
    writeFileSync(join(file, '../key'), `${KEY}\n`, { mode: 0o600 })
    expect(await exec(['-c', file, 'nightly', 'true'], {}, { cwd: '/' })).toMatchObject({
      stderr: Buffer.alloc(0),
    })
    expect(api.events()[0]?.apiKey).toBe(KEY)
    expect(linesOf(readFileSync(join(file, '../log')))).toHaveLength(2)
  })

  test.each<[string, string | Buffer]>([
    ['is no JSON', `{ CRONITOR_API_KEY: secret-in-file-${KEY} }`],
    ['ends too early', `{ "CRONITOR_API_KEY": "secret-in-file-${KEY}`],
    ['is empty', ''],
    ['is a list', JSON.stringify([`secret-in-file-${KEY}`])],
    ['is a text', JSON.stringify(`secret-in-file-${KEY}`)],
    ['is binary', Buffer.alloc(1000, 0xfe)],
    ['is far too large', Buffer.alloc(2_000_000, ' ')],
  ])('and %s is one warning without a word of its content, and the job runs', async (_what, content) => {
    const api = await apiForTest()
    const file = settingsFile(content)
    const { status, stdout, stderr } = await exec(
      ['-c', file, 'nightly', 'echo ran; exit 5'],
      reportingTo(api),
    )
    expect({ status, stdout: String(stdout) }).toEqual({ status: 5, stdout: 'ran\n' })
    expect(linesOf(stderr)).toEqual([
      expect.stringMatching(`^cronitor-exec: settings file is not used: ${file}`),
    ])
    expect(String(stderr)).not.toMatch(/secret|\ufffd|CRONITOR_API_KEY/)
    expect(statesOf(api.events())).toEqual(['run', 'fail'])
  })

  test.each<[string, (folder: string) => string]>([
    ['is not there', folder => join(folder, 'missing.json')],
    ['is a folder', folder => folder],
    [
      'is a FIFO without a writer',
      folder => {
        execFileSync('mkfifo', ['-m', '600', join(folder, 'fifo')])
        return join(folder, 'fifo')
      },
    ],
    ['is a device', () => '/dev/zero'],
  ])('and %s is one warning, and the job runs', async (_what, make) => {
    const api = await apiForTest()
    const file = make(tempDir('config'))
    const { status, stdout, stderr } = await exec(
      ['nightly', 'echo ran'],
      reportingTo(api, { CRONITOR_CONFIG: file }),
    )
    expect({ status, stdout: String(stdout) }).toEqual({ status: 0, stdout: 'ran\n' })
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/^cronitor-exec: settings file is not used: /)])
    expect(statesOf(api.events())).toEqual(['run', 'complete'])
  })

  test('and holds values of the wrong kind is a warning for each, and the rest is used', async () => {
    const api = await apiForTest()
    const file = settingsFile(
      JSON.stringify({ CRONITOR_ENV: ['a'], CRONITOR_DELIVER_WITHIN: true, CRONITOR_HOSTNAME: 'db1' }),
    )
    const env = reportingTo(api, { CRONITOR_DELIVER_WITHIN: undefined })
    const { status, stderr } = await exec(['-c', file, 'nightly', 'true'], env)
    expect(status).toBe(0)
    expect(linesOf(stderr).slice(0, 2)).toEqual([
      expect.stringMatching(/CRONITOR_ENV in .*expected text/),
      expect.stringMatching(/CRONITOR_DELIVER_WITHIN in .*expected a duration.*using 5s/),
    ])
    expect(Object.fromEntries(api.events()[0]?.params ?? [])).toMatchObject({ state: 'run', host: 'db1' })
  })

  test('and others can write is refused with one warning', async () => {
    const api = await apiForTest()
    const file = settingsFile(JSON.stringify({ CRONITOR_ENV: 'foreign' }))
    chmodSync(file, 0o622)
    const { status, stderr } = await exec(['-c', file, 'nightly', 'true'], reportingTo(api))
    expect(status).toBe(0)
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/is writable by (everyone|its group)/)])
    expect(api.events()[0]?.params.has('env')).toBe(false)
  })
})

describe('a wrong value in the environment is one warning that does not repeat it, and the job runs', () => {
  test.each([
    ['CRONITOR_DELIVER_WITHIN', 'wrong-word', /duration.*using 5s/],
    ['CRONITOR_DELIVER_WITHIN', '-1', /duration.*using 5s/],
    ['CRONITOR_ANONYMOUS', 'wrong-word', /1, true, yes, 0, false or no/],
    ['CRONITOR_API_KEY_FILE', '/nonexistent/path', /: \/nonexistent\/path does not exist;/],
    ['CRONITOR_API_KEY_FILE', '/', /: \/ is not a regular file;/],
    ['CRONITOR_API_KEY_FILE', '/dev/null', /: \/dev\/null is not a regular file;/],
    ['CRONITOR_PING_API_KEY', 'wrong word', /without white space/],
  ])('%s=%s', async (name, value, words) => {
    const api = await apiForTest()
    const env = reportingTo(api, { [name]: value })
    // The key itself would win over a file with the key.
    const keyFromFile =
      name === 'CRONITOR_API_KEY_FILE' ? { CRONITOR_API_KEY: '', CRONITOR_PING_API_KEY: KEY } : {}
    const { status, stdout, stderr } = await exec(['nightly', 'echo ran; exit 5'], { ...env, ...keyFromFile })
    expect({ status, stdout: String(stdout) }).toEqual({ status: 5, stdout: 'ran\n' })
    expect(linesOf(stderr)).toEqual([expect.stringMatching(words)])
    expect(linesOf(stderr)[0]).toContain(`cronitor-exec: ${name}: `)
    expect(String(stderr)).not.toMatch(/wrong.word/)
    expect(statesOf(api.events())).toEqual(['run', 'fail'])
  })

  test.each(['cronitor.link', 'ftp://cronitor.link', 'https://me:secret-word@cronitor.link', 'http://'])(
    'CRONITOR_TELEMETRY_URL=%s leads to no other address: one warning, and the events are kept',
    async value => {
      const proxy = await httpProxyForTest({ toPort: 1, refuseWith: 403 })
      const spool = join(tempDir(), 'spool')
      const { status, stderr } = await exec(['--spool-dir', spool, 'nightly', 'true'], {
        CRONITOR_API_KEY: KEY,
        CRONITOR_TELEMETRY_URL: value,
        HTTPS_PROXY: proxy.url,
      })
      expect(status).toBe(0)
      expect(linesOf(stderr)).toEqual([
        expect.stringMatching(
          /^cronitor-exec: CRONITOR_TELEMETRY_URL: .*, not ".*"; events are kept in the spool until that is fixed$/,
        ),
      ])
      expect(readdirSync(join(spool, 'queue'))).toHaveLength(2)
      expect(String(stderr)).not.toContain('secret-word')
      expect(proxy.asked).toEqual([])
    },
  )

  test('the default address is cronitor.link', async () => {
    const proxy = await httpProxyForTest({ toPort: 1, refuseWith: 502 })
    const env = { CRONITOR_API_KEY: KEY, HTTPS_PROXY: proxy.url }
    const running = start([paths.bin.cronitor, 'ping', '--deliver-within', '1h', 'nightly', '--ok'], { env })
    await until('the proxy is asked', () => proxy.asked.length > 0)
    running.signal('SIGTERM')
    await running.done
    expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT cronitor.link:443']))
  })
})

describe('a wrong command line of the wrapper', () => {
  test.each([
    ['--deliver-within', 'soon'],
    ['--deliver-within', '1h30m'],
    ['--url', 'cronitor.link'],
    ['--method', 'PUT'],
    ['--no-such-option'],
    ['--envx', 'prod'],
    ['-x'],
  ])('%s %s is status 125 and one line, and the job is not run', async (...flags) => {
    const api = await apiForTest()
    const folder = tempDir()
    const words = flags.filter(flag => flag !== undefined)
    for (const command of [[paths.bin.exec], [paths.bin.cronitor, 'exec']]) {
      const { status, stdout, stderr } = await run([...command, ...words, 'nightly', `: > ${folder}/ran`], {
        env: reportingTo(api),
      })
      expect(status).toBe(125)
      expect(String(stdout)).toBe('')
      expect(linesOf(stderr)).toEqual([expect.stringMatching(/^cronitor(-exec)?: .*--help$/)])
      expect(existsSync(join(folder, 'ran'))).toBe(false)
    }
    expect(api.events()).toEqual([])
  })

  test('is not an empty value, as of a variable that is not set', async () => {
    const api = await apiForTest()
    const options = [
      '--series',
      '--env',
      '--url',
      '--deliver-within',
      '--method',
      '--log',
      '--config',
      '--shell',
      '-k',
    ]
    const { status, stdout, stderr } = await run(
      [paths.bin.exec, ...options.flatMap(option => [option, '']), '--spool-dir=', 'nightly', 'echo "ran"'],
      { env: reportingTo(api) },
    )
    expect([status, String(stdout), String(stderr)]).toEqual([0, 'ran\n', ''])
    expect(api.events().map(({ state }) => state)).toEqual(['run', 'complete'])
    expect(api.events()[0]?.params.get('series')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test.each([[[]], [['nightly']], [['nightly', '--']], [['--env']], [['--env', 'prod']]])(
    '%j has no command and is one',
    async args => {
      const { status, stderr } = await exec(args, {})
      expect(status).toBe(125)
      expect(linesOf(stderr)).toHaveLength(1)
    },
  )
})

describe('a key', () => {
  test('is the first line of its file, without blanks around it', async () => {
    const api = await apiForTest()
    const file = join(tempDir(), 'key')
    writeFileSync(file, `  ${KEY}\t\r\nsecond line\n`)
    const env = { CRONITOR_TELEMETRY_URL: api.url }
    await cronitor(['ping', 'nightly', '--ok', '--api-key-file', file], env)
    await cronitor(['ping', 'nightly', '--ok'], { ...env, CRONITOR_API_KEY_FILE: file })
    expect(api.events().map(({ apiKey }) => apiKey)).toEqual([KEY, KEY])
  })

  test('for pings wins over the API key, wherever either comes from', async () => {
    const api = await apiForTest()
    const env = { CRONITOR_TELEMETRY_URL: api.url, CRONITOR_PING_API_KEY: 'ping-key' }
    await cronitor(['ping', 'nightly', '--ok', '-k', 'api-key'], env)
    await cronitor(['ping', 'nightly', '--ok', '-p', 'flag-key'], { ...env, CRONITOR_API_KEY: 'api-key' })
    expect(api.events().map(({ apiKey }) => apiKey)).toEqual(['ping-key', 'flag-key'])
  })

  test('that is missing is one warning, nothing is sent, and the job runs', async () => {
    const api = await apiForTest()
    const env = { CRONITOR_TELEMETRY_URL: api.url }
    const { status, stdout, stderr } = await exec(['nightly', 'echo out; echo err >&2; exit 3'], env)
    expect({ status, stdout: String(stdout) }).toEqual({ status: 3, stdout: 'out\n' })
    expect(linesOf(stderr)).toEqual([
      'err',
      expect.stringMatching(/^cronitor-exec: no API key, so nothing is reported: /),
    ])
    expect(api.events()).toEqual([])
  })

  test('that is missing does not hide why the job could not be run', async () => {
    const { status, stderr } = await exec(['nightly', 'no-such-command', 'x'], {})
    expect(status).toBe(127)
    expect(linesOf(stderr)).toHaveLength(2)
    expect(String(stderr)).toMatch(/^cronitor-exec: .*no-such-command/m)
    expect(String(stderr)).toMatch(/^cronitor-exec: no API key/m)
  })

  test('whose file is missing gives one warning, and the job runs', async () => {
    const { status, stderr } = await exec(['--api-key-file', '/nonexistent/key', 'nightly', 'exit 3'], {})
    expect(status).toBe(3)
    const lines = linesOf(stderr)
    expect(lines).toEqual([
      'cronitor-exec: --api-key-file: /nonexistent/key does not exist, so there is no API key',
    ])
  })

  test('is not needed with --anonymous', async () => {
    const api = await apiForTest()
    const env = { CRONITOR_TELEMETRY_URL: api.url }
    expect(await exec(['--anonymous', 'nightly', 'true'], env)).toMatchObject({
      status: 0,
      stderr: Buffer.alloc(0),
    })
    expect(statesOf(api.events())).toEqual(['run', 'complete'])
  })
})

describe('--log', () => {
  test('is a file of mode 0600 with a line for each event, behind what was there', async () => {
    const api = await apiForTest()
    const log = join(tempDir(), 'log')
    const shell = 'umask 000; exec "$0" "$@"'
    const argv = ['/bin/sh', '-c', shell, paths.bin.exec, '-l', log, '--series', 's1', 'nightly', 'exit 3']
    await run(argv, { env: reportingTo(api) })
    expect(statSync(log).mode & 0o777).toBe(0o600)
    await exec(['nightly', 'true'], reportingTo(api, { CRONITOR_LOG: log }))
    const lines = linesOf(readFileSync(log))
    const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z'
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^${time} s1 delivered run of nightly$`)),
      expect.stringMatching(new RegExp(`^${time} s1 delivered fail of nightly$`)),
      expect.stringMatching(new RegExp(`^${time} \\S{36} delivered run of nightly$`)),
      expect.stringMatching(new RegExp(`^${time} \\S{36} delivered complete of nightly$`)),
    ])
  })

  test('lists events that were refused or did not arrive, without the key', async () => {
    const api = await apiForTest({ respond: ({ state }) => (state === 'run' ? { status: 403 } : 'reset') })
    const log = join(tempDir(), 'log')
    const running = startExec(['-l', log, '--deliver-within', '1h', 'nightly', 'true'], reportingTo(api))
    // What has come of the first try is then told.
    await until('the end was tried', () => statesOf(api.events()).filter(state => state !== 'run').length > 1)
    running.signal('SIGTERM')
    await running.done
    const text = readFileSync(log, 'utf8')
    expect(text).toMatch(/run of nightly was refused: HTTP status 403/)
    expect(text).toMatch(/complete of nightly was not delivered: connection closed/)
    for (let at = 0; at + 8 <= KEY.length; at += 1) expect(text).not.toContain(KEY.slice(at, at + 8))
  })

  test.each<[string, (folder: string) => string]>([
    ['in a folder that is not there', folder => join(folder, 'missing/log')],
    ['that is a folder', folder => folder],
    [
      'that is a FIFO without a reader',
      folder => {
        execFileSync('mkfifo', ['-m', '600', join(folder, 'fifo')])
        return join(folder, 'fifo')
      },
    ],
    ['on a full disk', () => '/dev/full'],
  ])('%s is one warning, and all else goes on', async (_what, make) => {
    const api = await apiForTest()
    const log = make(tempDir())
    const { status, stdout, stderr } = await exec(
      ['-l', log, 'nightly', 'echo ran; exit 3'],
      reportingTo(api),
    )
    expect({ status, stdout: String(stdout) }).toEqual({ status: 3, stdout: 'ran\n' })
    expect(linesOf(stderr)).toEqual([
      expect.stringMatching(/^cronitor-exec: the log \S+ cannot be written: /),
    ])
    expect(statesOf(api.events())).toEqual(['run', 'fail'])
  })
})

describe('words of the wrapper’s own', () => {
  test('are none with --quiet, whatever goes wrong', async () => {
    const api = await apiForTest({ respond: () => ({ status: 403 }) })
    const env = reportingTo(api, {
      CRONITOR_DELIVER_WITHIN: 'soon',
      CRONITOR_CONFIG: '/nonexistent',
      CRONITOR_LOG: '/',
    })
    const { status, stderr } = await exec(['--quiet', 'nightly', 'echo err >&2; exit 3'], env)
    expect(status).toBe(3)
    expect(String(stderr)).toBe('err\n')
    expect(linesOf((await exec(['--quiet', 'nightly', 'true'], {})).stderr)).toEqual([])
  })

  test('are warnings behind the output of the job, one line each', async () => {
    const api = await apiForTest({ respond: () => ({ status: 403 }) })
    const env = reportingTo(api, { CRONITOR_CONFIG: '/nonexistent/a\nb' })
    const { stderr } = await exec(['nightly', 'sleep 0.3; echo late >&2'], env)
    const lines = linesOf(stderr)
    expect(lines[0]).toBe('late')
    expect(lines).toHaveLength(3)
    for (const line of lines.slice(1)) expect(line).toMatch(/^cronitor-exec: /)
  })

  test('are each step with --verbose, without the key, and none on stdout', async () => {
    const api = await apiForTest({
      respond: (_event, index) => ({ status: index === 0 ? 503 : 200 }),
    })
    const { status, stdout, stderr } = await exec(
      ['--verbose', '--deliver-within', '20s', '--series', 's1', 'nightly', 'echo out; exit 3'],
      reportingTo(api),
    )
    expect({ status, stdout: String(stdout) }).toEqual({ status: 3, stdout: 'out\n' })
    const text = String(stderr)
    for (const words of [
      /^cronitor-exec: started process \d+, series s1$/m,
      /^cronitor-exec: sending run of nightly$/m,
      /^cronitor-exec: run of nightly: HTTP status 503; trying again in /m,
      /^cronitor-exec: sending run of nightly, try 2$/m,
      /^cronitor-exec: delivered run of nightly$/m,
      /^cronitor-exec: the job ended: exit status 3, after /m,
      /^cronitor-exec: delivered fail of nightly$/m,
    ]) {
      expect(text).toMatch(words)
    }
    for (let at = 0; at + 8 <= KEY.length; at += 1) expect(text).not.toContain(KEY.slice(at, at + 8))
  })
})
