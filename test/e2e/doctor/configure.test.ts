/** `cronitor configure` and `cronitor doctor --fix`: the key is written, and never shown. */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { KEY, PRINTED_KEY } from '../../support/key.ts'
import { asUser, isRoot, userFile, userHome, whyNoUser } from '../../support/other-user.ts'
import { paths, type RunOptions, type RunResult, run } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { CTRL_C, hasPty, shown, startInTerminal } from '../../support/terminal.ts'
import { until } from '../../support/until.ts'
import { whyNoMount } from '../../support/why-no-mount.ts'
import { apiForTest } from '../../support/wrapper.ts'

const FILE = '.config/cronitor/cronitor.json'
const OLD_KEY = 'Rw5Hd-8kNz3Vf6Xb1Mg9Qt'

const configure = (args: readonly string[], options: RunOptions) =>
  run([paths.bin.cronitor, 'configure', ...args], options)

const said = ({ status, stdout, stderr }: RunResult) => ({
  status,
  stdout: String(stdout),
  stderr: String(stderr),
})

/** A settings file that `--config` names, in a folder of the test's own. */
const newFile = () => join(tempDir('configure'), 'new/settings.json')

describe.skipIf(whyNoUser() !== undefined)(`a user${whyNoUser() ? `: ${whyNoUser()}` : ''}`, () => {
  const asThem = (home: string, args: readonly string[], options: RunOptions = {}) =>
    run(asUser([paths.bin.cronitor, ...args]), {
      cwd: '/',
      ...options,
      env: { HOME: home, CRONITOR_SPOOL_DIR: undefined, ...options.env },
    })

  test('gets a file of the default name, which doctor and runs then read', async () => {
    const api = await apiForTest()
    const home = userHome()
    const path = join(home, FILE)
    expect(said(await asThem(home, ['configure'], { input: `${KEY}\nnot this line\n` }))).toEqual({
      status: 0,
      stdout: `The API key is in ${path}, which only this user may read.\ncronitor doctor --send MONITOR-KEY tells whether it is accepted.\n`,
      stderr: '',
    })
    expect(readFileSync(path, 'utf8')).toBe(`{\n  "CRONITOR_API_KEY": "${KEY}"\n}\n`)
    const modes = [path, dirname(path), join(home, '.config')].map(each => statSync(each).mode & 0o777)
    expect(modes).toEqual([0o600, 0o700, 0o700])
    const env = { CRONITOR_TELEMETRY_URL: api.url }
    expect((await asThem(home, ['doctor', '--send', 'job'], { env })).status).toBe(0)
    expect(api.events().map(({ apiKey }) => apiKey)).toEqual([KEY])
  })

  test('keeps what else is in the file, and is told of the key that was there', async () => {
    const home = userHome()
    const content = `{\n\t"CRONITOR_API_KEY": "${OLD_KEY}",\n\t"CRONITOR_ENV": "x" }`
    const path = userFile(home, FILE, content, 0o644)
    const { status, stderr } = said(await asThem(home, ['configure'], { input: KEY }))
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `There is a key already: CRONITOR_API_KEY in ${path}. It is replaced.\n`,
    })
    expect(readFileSync(path, 'utf8')).toBe(content.replace(OLD_KEY, KEY))
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('has the same by doctor --fix, if there is no key', async () => {
    const api = await apiForTest()
    const home = userHome()
    const env = { CRONITOR_TELEMETRY_URL: api.url }
    const fixed = said(await asThem(home, ['doctor', '--fix'], { input: `${KEY}\n`, env }))
    expect(fixed).toMatchObject({ status: 0, stderr: `cronitor: the API key is in ${join(home, FILE)}\n` })
    // Now there is one, so nothing is asked.
    const again = said(await asThem(home, ['doctor', '--fix'], { input: 'another-key-here\n', env }))
    expect(again).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync(join(home, FILE), 'utf8')).toContain(KEY)
  })

  test('without a HOME is told to name a file', async () => {
    const result = await asThem('', ['configure'], { input: KEY, env: { HOME: undefined } })
    expect(said(result)).toEqual({
      status: 1,
      stdout: '',
      stderr: 'cronitor: HOME is not set, so there is no settings file: name one with --config\n',
    })
  })
})

const noMount = isRoot ? whyNoMount() : 'not root'

/** Runs the rest of the script with another /etc, which no other process sees. */
const WITH_OTHER_ETC = `
mount -t tmpfs tmpfs "$0" && mkdir "$0/upper" "$0/work" || exit 99
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$0/upper,workdir=$0/work" /etc || exit 99
mkdir -p /etc/cronitor; chmod 755 /etc/cronitor`

test.skipIf(noMount !== undefined)(
  `root’s key is in the system’s file, which its group can still read${noMount ? ` (skipped: ${noMount})` : ''}`,
  async () => {
    const script = `${WITH_OTHER_ETC}
printf '{"CRONITOR_ENV": "x"}' > /etc/cronitor/cronitor.json
chgrp 1 /etc/cronitor/cronitor.json; chmod 644 /etc/cronitor/cronitor.json
printf '%s\\n' "$KEY" | "$@" configure && cat /etc/cronitor/cronitor.json && stat -c ' %a %g' /etc/cronitor/cronitor.json`
    const argv = ['unshare', '--mount', 'sh', '-c', script, tempDir('etc'), paths.bin.cronitor]
    const { status, stdout } = said(await run(argv, { env: { KEY: PRINTED_KEY } }))
    expect(status).toBe(0)
    expect(stdout).toContain('The API key is in /etc/cronitor/cronitor.json')
    expect(stdout.endsWith(`{"CRONITOR_ENV": "x", "CRONITOR_API_KEY": "${PRINTED_KEY}"} 640 1\n`)).toBe(true)
  },
)

describe('without a terminal', () => {
  test.each([
    ['no key was given', ''],
    ['expected a key of 8 to 256 characters', 'short'],
    ['expected the key alone, without a name or quotes', `CRONITOR_API_KEY=${KEY}`],
  ])('%s: nothing is written', async (problem, input) => {
    const path = newFile()
    expect(said(await configure(['--config', path], { input }))).toEqual({
      status: 1,
      stdout: '',
      stderr: `cronitor: ${problem}; ${path} was not changed\n`,
    })
    expect(existsSync(dirname(path))).toBe(false)
  })

  test('a file that is not JSON stays', async () => {
    const path = newFile()
    mkdirSync(dirname(path), { mode: 0o700 })
    writeFileSync(path, '{"CRONITOR_ENV": "x"', { mode: 0o600 })
    const { status, stderr } = said(await configure(['--config', path], { input: KEY }))
    expect(status).toBe(1)
    expect(stderr).toBe(
      `cronitor: ${path} is not a JSON object, and stays as it is: correct it, or move it away\n`,
    )
    expect(readFileSync(path, 'utf8')).toBe('{"CRONITOR_ENV": "x"')
    expect(readdirSync(dirname(path))).toEqual(['settings.json'])
  })

  test('the key can come from a file', async () => {
    const path = newFile()
    const keyFile = join(tempDir('key'), 'key')
    writeFileSync(keyFile, `${KEY}\n`, { mode: 0o600 })
    // As root, /etc/cronitor must not be the reason.
    expect((await configure(['--api-key-file', keyFile, '-c', path], {})).status).toBe(0)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ CRONITOR_API_KEY: KEY })
  })

  test('an address is written with the key', async () => {
    const path = newFile()
    expect((await configure(['--url', 'http://127.0.0.1:8427/', '-c', path], { input: KEY })).status).toBe(0)
    const written = { CRONITOR_API_KEY: KEY, CRONITOR_TELEMETRY_URL: 'http://127.0.0.1:8427' }
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(written)
    expect((await configure(['--url', 'nowhere'], { input: KEY })).status).toBe(2)
  })

  test('a key that is used instead is named', async () => {
    const path = newFile()
    const env = { CRONITOR_PING_API_KEY: OLD_KEY }
    expect((await configure(['-c', path], { input: KEY, env })).stderr.toString()).toContain(
      'cronitor: another key is used instead of it: CRONITOR_PING_API_KEY; remove that one\n',
    )
  })
})

describe.skipIf(!hasPty)('in a terminal', () => {
  const script = `stty -g; '${paths.bin.cronitor}' configure --config "$FILE"; echo "status $?"; stty -g`
  const open = (path: string) => startInTerminal(['bash', '-c', script], { env: { FILE: path } })
  const PROMPT = 'API key (it is not shown): '

  /** The settings of the terminal before and after. */
  const settingsIn = (text: string) => text.split('\n').filter(line => /^[0-9a-f]+(:[0-9a-f]+)+$/.test(line))

  test('the key is not shown, and the terminal is as it was', async () => {
    const path = newFile()
    const terminal = open(path)
    await until('the question', () => shown(terminal).includes(PROMPT))
    terminal.type(`wrong\x15${KEY}x\x7f\r`)
    await terminal.done
    const text = shown(terminal)
    expect(text).toContain(`\n${PROMPT}\nThe API key is in ${path}`)
    expect(text).toContain('status 0\n')
    expect(text).not.toContain(KEY)
    const [before, after] = settingsIn(text)
    expect(after).toBe(before)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ CRONITOR_API_KEY: KEY })
  })

  test('Ctrl-C ends it by SIGINT, writes nothing, and leaves the terminal as it was', async () => {
    const path = newFile()
    const terminal = startInTerminal(['bash', '-c', `trap : INT; ${script}`], { env: { FILE: path } })
    await until('the question', () => shown(terminal).includes(PROMPT))
    terminal.type(`${KEY}${CTRL_C}`)
    await terminal.done
    expect(shown(terminal)).toContain('status 130\n')
    const [before, after] = settingsIn(shown(terminal))
    expect(after).toBe(before)
    expect(existsSync(path)).toBe(false)
  })
})
