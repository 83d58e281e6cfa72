/** The Debian package, installed, used, upgraded and removed on minimal Debian systems without Node.js. */

import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { builtPackage, whyNoPackages } from '../../support/built-packages.ts'
import { DEBOOTSTRAP_MS, debianRoot, insideRoot, whyNoDebian } from '../../support/debian-root.ts'
import type { FakeApi } from '../../support/fake-api.ts'
import { KEY } from '../../support/key.ts'
import { makeOwnNetwork, noNamespaces } from '../../support/network-namespace.ts'
import { paths, type RunOptions, run, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { apiForTest, statesOf } from '../../support/wrapper.ts'

const why = whyNoPackages() ?? whyNoDebian()
const told = why ? ` (skipped: ${why})` : ''

const LINK = 'usr/bin/cronitor'

/** What a login of root has. */
const LOGIN = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' }
const NONE = {
  CRONITOR_NODE: undefined,
  CRONITOR_SPOOL_DIR: undefined,
  CRONITOR_DATA_DIR: undefined,
  CRONITOR_NO_COURIER: undefined,
}

let deb = ''
/** The same as a later version. */
let newer = ''

/** Changes the version in the package, without compressing it. */
function withVersion(version: string): string {
  const folder = join(tempDir('newer'), 'files')
  execFileSync('dpkg-deb', ['-R', deb, folder])
  const control = join(folder, 'DEBIAN/control')
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${version}`))
  const file = join(folder, '..', `cronitor-exec_${version}_amd64.deb`)
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '-b', folder, file], { stdio: 'ignore' })
  return file
}

/** A Debian system with root's settings for `api`, readable by all users. */
class Host {
  readonly root: string

  constructor(root: string) {
    this.root = root
    for (const file of [deb, newer]) copyFileSync(file, join(root, 'root', basename(file)))
  }

  settings(api: { readonly url: string }): void {
    mkdirSync(join(this.root, 'etc/cronitor'), { recursive: true })
    const text = JSON.stringify({ CRONITOR_API_KEY: KEY, CRONITOR_TELEMETRY_URL: api.url })
    writeFileSync(join(this.root, 'etc/cronitor/cronitor.json'), text, { mode: 0o644 })
  }

  argv(script: string): string[] {
    return [...insideRoot(this.root), '/bin/sh', '-ec', script]
  }

  /** Runs a shell script as root, which must succeed and print nothing on stderr. */
  async sh(script: string, options: RunOptions = {}): Promise<string> {
    const all = { timeoutMs: 170_000, ...options, env: { ...LOGIN, ...NONE, ...options.env } }
    const { status, stdout, stderr } = await run(this.argv(script), all)
    expect({ status, stderr: String(stderr) }, script).toEqual({ status: 0, stderr: '' })
    return String(stdout)
  }

  install(file: string): Promise<string> {
    return this.sh(`dpkg -i /root/${basename(file)}`)
  }

  has(path: string): boolean {
    return lstatSync(join(this.root, path), { throwIfNoEntry: false }) !== undefined
  }

  mode(path: string): string {
    return (statSync(join(this.root, path)).mode & 0o7777).toString(8)
  }
}

beforeAll(async () => {
  if (why !== undefined) return
  deb = await builtPackage('deb')
  newer = withVersion('99.1')
  await debianRoot('bookworm')
}, DEBOOTSTRAP_MS)

const newHost = async () => new Host(await debianRoot('bookworm'))
const statesFor = (api: FakeApi, monitor: string) => statesOf(api.events(monitor))

describe.skipIf(why !== undefined)(`the Debian package on Debian 12 without Node.js${told}`, () => {
  test('is used by the real cron, as root and as a user', async () => {
    const api = await apiForTest()
    const host = await newHost()
    host.settings(api)
    const installed = await host.install(deb)
    expect(installed).not.toContain('another program')
    expect(readlinkSync(join(host.root, LINK))).toBe('../lib/cronitor-exec/cronitor')
    expect(['var/spool/cronitor', 'run/lock/cronitor', 'etc/cronitor'].map(path => host.mode(path))).toEqual([
      '700',
      '700',
      '755',
    ])
    await host.sh('useradd -m somebody')
    writeFileSync(join(host.root, 'etc/cron.d/jobs'), '@reboot root cronitor-exec --lock of-root true\n')
    await host.sh("printf '@reboot cronitor-exec of-user id -un\\n' | crontab -u somebody -")
    const cron = start(
      ['unshare', '--pid', '--fork', '--kill-child', ...host.argv('rm -f /run/crond.*; exec cron -f')],
      { env: { ...LOGIN, ...NONE } },
    )
    onTestFinished(() => cron.signalGroup('SIGKILL'))
    await until('both jobs are reported', () =>
      ['of-root', 'of-user'].every(monitor => statesFor(api, monitor).includes('complete')),
    )
    expect(statesFor(api, 'of-root')).toEqual(['run', 'complete'])
    expect(statesFor(api, 'of-user')).toEqual(['run', 'complete'])
    expect(api.events('of-user').at(-1)?.params.get('message')).toBe('somebody')
  })

  test('jobs go on while it is upgraded, and others always find it', async () => {
    const api = await apiForTest()
    const host = await newHost()
    host.settings(api)
    await host.install(deb)
    const long = start(
      host.argv('exec cronitor-exec long -- sh -c "until [ -e /tmp/end ]; do sleep 0.1; done"'),
      {
        env: { ...LOGIN, ...NONE },
      },
    )
    onTestFinished(() => long.signalGroup('SIGKILL'))
    await until('the long job is reported', () => statesFor(api, 'long').includes('run'))
    const others = start(
      host.argv(
        'count=0; until [ -e /tmp/end ]; do cronitor-exec short true; count=$((count + 1)); done; echo $count',
      ),
      { env: { ...LOGIN, ...NONE }, timeoutMs: 170_000 },
    )
    // Far more often than jobs start.
    const names =
      'for name in cronitor cronitor-exec; do [ -x /usr/bin/$name ] || echo "$name is missing"; done'
    const looking = start(host.argv(`until [ -e /tmp/end ]; do ${names}; done`), {
      env: { ...LOGIN, ...NONE },
    })
    onTestFinished(() => looking.signalGroup('SIGKILL'))
    onTestFinished(() => others.signalGroup('SIGKILL'))
    await until('others are reported', () => statesFor(api, 'short').includes('complete'))
    const before = statesFor(api, 'short').length
    expect(await host.install(newer)).toContain('over (')
    await until('others are reported again', () => statesFor(api, 'short').length > before)
    writeFileSync(join(host.root, 'tmp/end'), '')
    const [ended, told, looked] = await Promise.all([long.done, others.done, looking.done])
    expect(String(looked.stdout)).toBe('')
    expect([ended.status, String(ended.stderr)]).toEqual([0, ''])
    expect([told.status, String(told.stderr)]).toEqual([0, ''])
    const count = Number(String(told.stdout))
    expect(statesFor(api, 'long')).toEqual(['run', 'complete'])
    expect(statesFor(api, 'short').filter(state => state === 'complete')).toHaveLength(count)
    expect(await host.sh('dpkg-query -W cronitor-exec')).toContain('99.1')
  })

  test('a removal leaves waiting events and settings, and a purge the settings', async () => {
    const host = await newHost()
    host.settings({ url: 'http://127.0.0.1:9' })
    await host.install(deb)
    const kept = await run(host.argv('cronitor-exec --no-courier --deliver-within 100ms a-job true'), {
      env: { ...LOGIN, ...NONE },
    })
    expect([kept.status, String(kept.stderr)]).toEqual([0, expect.stringContaining('are kept in the spool')])
    const queue = join(host.root, 'var/spool/cronitor/queue')
    const events = readdirSync(queue)
    expect(events).toHaveLength(2)
    writeFileSync(join(host.root, 'etc/cron.d/a-job'), '0 2 * * * root cronitor-exec a-job true\n')
    const removed = await run(host.argv('dpkg -r cronitor-exec'), { env: { ...LOGIN, ...NONE } })
    expect(removed.status).toBe(0)
    expect(String(removed.stdout)).toMatch(
      /cannot run the jobs behind cronitor-exec .*\n +\/etc\/cron.d\/a-job\n/,
    )
    expect([LINK, 'usr/bin/cronitor-exec', 'usr/lib/cronitor-exec'].map(path => host.has(path))).toEqual([
      false,
      false,
      false,
    ])
    expect(readdirSync(queue)).toEqual(events)
    const purged = await host.sh('dpkg -P cronitor-exec 2>&1')
    expect(purged).toContain('/etc/cronitor is left')
    const left = execFileSync('find', ['.', '-xdev', '-name', '*cronitor*', '-not', '-path', './root/*'], {
      cwd: host.root,
      encoding: 'utf8',
    })
    expect(left.trim().split('\n').toSorted()).toEqual(['./etc/cronitor', './etc/cronitor/cronitor.json'])
  })

  test('the official client stays as it is, until it is gone', async () => {
    const api = await apiForTest()
    const host = await newHost()
    host.settings(api)
    const client = '#!/bin/sh\necho "the official client: $*"\n'
    const file = join(host.root, LINK)
    writeFileSync(file, client, { mode: 0o755 })
    for (const each of [deb, newer]) {
      expect(await host.install(each)).toContain('/usr/bin/cronitor belongs to another program')
    }
    expect(await host.sh('cronitor exec x')).toBe('the official client: exec x\n')
    await host.sh('cronitor-exec ours true')
    expect(statesFor(api, 'ours')).toEqual(['run', 'complete'])
    expect(await host.sh('/usr/lib/cronitor-exec/cronitor --version')).toMatch(/^cronitor \d/)
    await host.sh('dpkg -r cronitor-exec 2>&1')
    expect(readFileSync(file, 'utf8')).toBe(client)

    await host.install(deb)
    await host.sh('rm /usr/bin/cronitor')
    await host.sh('DEBIAN_FRONTEND=noninteractive dpkg-reconfigure cronitor-exec')
    expect(await host.sh('cronitor --version')).toMatch(/^cronitor \d/)
    // Its installer puts its own file there.
    await host.sh('rm /usr/bin/cronitor && printf "#!/bin/sh\\n" > /usr/bin/cronitor')
    await host.sh('dpkg -P cronitor-exec 2>&1')
    expect(existsSync(file)).toBe(true)
  })
})

/** The lines of the README for a Debian host. */
function readmeCommands(): string {
  const text = readFileSync(join(paths.project, 'README.md'), 'utf8')
  const [, block] = /<!-- commands: debian -->\n```sh\n([\s\S]*?)```/.exec(text) ?? []
  return block ?? ''
}

const whyNoMinute = why ?? noNamespaces
test.skipIf(whyNoMinute !== undefined)(
  `the README's lines for a Debian host bring the first event to a server within a minute${whyNoMinute ? ` (skipped: ${whyNoMinute})` : ''}`,
  async () => {
    const [server, host] = await Promise.all([newHost(), newHost()])
    const network = await makeOwnNetwork(1)
    onTestFinished(() => network.close())
    await server.install(deb)
    writeFileSync(join(server.root, 'etc/cronitor/keys'), `${KEY}\n`, { mode: 0o600 })
    const script = 'exec cronitor serve --listen 0.0.0.0 --api-key-file /etc/cronitor/keys'
    const serving = start([...network.inside, ...server.argv(script)], { env: { ...LOGIN, ...NONE } })
    onTestFinished(() => serving.signalGroup('SIGKILL'))
    await until('the server listens', () => String(serving.output().stdout).includes('Listening'))
    // In the place of a name server.
    writeFileSync(join(host.root, 'etc/hosts'), '127.0.0.1 localhost monitor.example.org\n')

    const commands = readmeCommands()
    expect(commands).toMatch(/^dpkg -i .*\ncronitor-exec /s)
    const before = performance.now()
    // The key is what a person types.
    const typed = await run(
      [...network.inside, ...host.argv(`cd /root && rm ${basename(newer)}\n${commands}`)],
      {
        env: { ...LOGIN, ...NONE },
        input: `${KEY}\n`,
        timeoutMs: 170_000,
      },
    )
    expect([typed.status, String(typed.stderr)]).toEqual([0, ''])
    await until('the event is there', () => / complete /.test(String(serving.output().stdout)))
    const seconds = (performance.now() - before) / 1000
    process.stdout.write(`from dpkg -i to the first event: ${seconds.toFixed(1)} s\n`)
    expect(String(serving.output().stdout)).toContain('first-job')
    expect(seconds).toBeLessThan(60)
  },
  90_000,
)
