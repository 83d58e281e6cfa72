import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseExpectFile } from '../../../src/commands/serve/expect-file.ts'
import { formatExpectation } from '../../../src/commands/serve/format-expectation.ts'
import { recordedAnswer } from '../../../src/server/http/answer.ts'
import { messageOf } from '../../../src/server/notify/message.ts'
import { DEFAULT_PORT } from '../../../src/settings/defaults.ts'
import { keyFingerprint } from '../../../src/spool/delivery-scope.ts'
import type { EventFolder } from '../../../src/spool/list-events.ts'
import { putEvents } from '../../../src/spool/put-events.ts'
import { placeOfThisProcess } from '../../../src/system/process-id.ts'
import { GUIDES } from '../../docs/guides.ts'
import { MAN_PAGES } from '../../docs/man-pages.ts'
import {
  type Example,
  helpExamples,
  isExcerpt,
  markdownExamples,
  mdocExamples,
  newLines,
  parseCiSteps,
  parseCrontab,
  parseTimer,
  parseUnit,
  unitFile,
} from '../../support/doc-examples.ts'
import { type FakeApi, startFakeApi } from '../../support/fake-api.ts'
import { KEY } from '../../support/key.ts'
import { whyNoSharedGroup } from '../../support/other-user.ts'
import { ownPort } from '../../support/own-port.ts'
import { paths, type RunResult, run, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'

const read = (path: string) => readFileSync(join(paths.project, path), 'utf8')

/** The text of `--help`, taken before the tests are named. */
function help(...argv: readonly string[]): string {
  const [program = '', ...args] = argv
  const file = program === 'cronitor' ? paths.bin.cronitor : paths.bin.exec
  return execFileSync(file, [...args, '--help'], {
    encoding: 'utf8',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', CRONITOR_NODE: paths.node },
  })
}

const OTHER_TESTS = readdirSync(join(paths.project, 'test/e2e'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.test.ts') && !import.meta.filename.endsWith(name))
  .map(name => read(`test/e2e/${name}`))

/** Does a test of its own read this guide? It then tries the examples, such as settings of other programs. */
function hasOwnTest(guide: string): boolean {
  return guide.startsWith('docs/') && OTHER_TESTS.some(text => text.includes(`'${guide}'`))
}

const examples: readonly Example[] = [
  ...GUIDES.filter(path => !hasOwnTest(path)).flatMap(path => markdownExamples(path, read(path))),
  ...newLines('docs/moving-over.md', read('docs/moving-over.md')),
  ...MAN_PAGES.flatMap(page => mdocExamples(page, read(page))),
  ...helpExamples('cronitor --help', help('cronitor')),
  ...helpExamples('cronitor-exec --help', help('cronitor-exec')),
  ...helpExamples('cronitor ping --help', help('cronitor', 'ping')),
  ...helpExamples('cronitor runs --help', help('cronitor', 'runs')),
  ...helpExamples('cronitor doctor --help', help('cronitor', 'doctor')),
  ...helpExamples('cronitor configure --help', help('cronitor', 'configure')),
  ...helpExamples('cronitor crontab --help', help('cronitor', 'crontab')),
  ...helpExamples('cronitor serve --help', help('cronitor', 'serve')),
  ...helpExamples('cronitor spool --help', help('cronitor', 'spool')),
  ...helpExamples('cronitor try --help', help('cronitor', 'try')),
]

/** Programs that the examples call. Each prints its name and its arguments. */
const STAND_INS = ['backup', 'report', 'make', 'import-orders', 'export-orders', 'pay', 'pg_dump', 'df']

const KEYS_IN_EXAMPLES = ['any-key-will-do']

/** Where the examples put things, each to be replaced by a folder of the sandbox. */
const FOLDERS = ['/usr/local/bin', '/etc/cronitor', '/var/lib/cronitor', '/var/backups', '/backup']
const FOLDER = new RegExp(`(?<![\\w./-])(?:${FOLDERS.join('|')})(?=/|:|\\s|$)`, 'g')

interface Sandbox {
  readonly root: string
  readonly home: string
  readonly spool: string
  /** The text with folders and ports of this machine in it. */
  readonly localized: (text: string) => string
  readonly environment: Readonly<Record<string, string>>
}

let api: FakeApi

beforeAll(async () => {
  api = await startFakeApi()
})

afterAll(async () => {
  await api.close()
})

function makeSandbox(): Sandbox {
  const root = tempDir('docs')
  const home = join(root, 'home')
  for (const folder of [home, ...FOLDERS.map(path => join(root, path))]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }
  const bin = join(root, 'usr/local/bin')
  symlinkSync(paths.bin.exec, join(bin, 'cronitor-exec'))
  symlinkSync(paths.bin.cronitor, join(bin, 'cronitor'))
  // Where the launcher looks first when nothing is said.
  symlinkSync(paths.node, join(bin, 'node'))
  for (const name of STAND_INS) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho ${name} "$@"\n`, { mode: 0o755 })
  }
  for (const name of ['key', 'keys']) {
    writeFileSync(join(root, 'etc/cronitor', name), `${KEY}\n`, { mode: 0o600 })
  }
  writeFileSync(join(root, 'etc/cronitor/expect'), 'nightly-backup=every 25h\n')
  writeFileSync(join(home, 'import.log'), 'line 1\nline 2\n')
  const spool = join(root, 'spool')
  return {
    root,
    home,
    spool,
    localized: text =>
      text
        .replace(FOLDER, `${root}$&`)
        .replace(/\/usr\/bin\/(?=cronitor)/g, `${bin}/`)
        .replaceAll(' -C / ', ` -C ${root} `)
        .replaceAll('http://127.0.0.1:8427', api.url),
    environment: {
      PATH: `${bin}:/usr/bin:/bin`,
      HOME: home,
      CRONITOR_TELEMETRY_URL: api.url,
      CRONITOR_SPOOL_DIR: spool,
      CRONITOR_DATA_DIR: join(root, 'var/lib/cronitor'),
    },
  }
}

const HOUR_MS = 3_600_000

/** Leaves an event of the monitor `kept` in the spool, as it would be there if it had happened so many hours ago. */
async function leaveEvent(sandbox: Sandbox, folder: EventFolder, hours: number): Promise<void> {
  const spool = {
    folder: sandbox.spool,
    maxAgeMs: Number.POSITIVE_INFINITY,
    maxBytes: Number.POSITIVE_INFINITY,
    place: placeOfThisProcess(),
    wallClock: Date.now,
  }
  const refused = { status: 404, likelyCause: 'there is no such monitor' }
  await putEvents(spool, folder, [
    {
      key: keyFingerprint(KEY),
      occurredAt: Date.now() - hours * HOUR_MS - 1000,
      event: { monitorKey: 'kept', state: 'ok', series: `${hours}`, metrics: [] },
      tries: 3,
      lastProblem: folder === 'rejected' ? 'HTTP status 404' : 'HTTP status 503',
      ...(folder === 'rejected' && { refused }),
    },
  ])
}

/** How many events are in a folder of the spool. */
function inSpool({ spool }: Sandbox, folder: EventFolder): number {
  const path = join(spool, folder)
  return existsSync(path) ? readdirSync(path).filter(name => name.endsWith('.json')).length : 0
}

interface Outcome {
  /** Each event as `monitor state`. */
  readonly events?: readonly string[]
  /** What at least one of the events carries. */
  readonly params?: Readonly<Record<string, string>>
  readonly prints?: RegExp
  /** What stands on stderr. */
  readonly warns?: RegExp
  readonly status?: number
  /** Replaces a part of the line that would take minutes. */
  readonly instead?: readonly [part: string, by: string]
  readonly environment?: Readonly<Record<string, string>>
  readonly before?: (sandbox: Sandbox) => unknown
  readonly after?: (sandbox: Sandbox) => unknown
}

/** What each command line does; the first line is what stands for a script. Status 0 and an empty stderr go without saying. */
const OUTCOMES: Readonly<Record<string, Outcome>> = {
  'cronitor crontab list': {
    before: ({ root }) => {
      const script = "#!/bin/sh\necho '0 2 * * * backup --full'\n"
      writeFileSync(join(root, 'usr/local/bin/crontab'), script, { mode: 0o755 })
    },
    prints: /^NEXT +SCHEDULE +USER +MONITOR +WHERE +COMMAND\n.* crontab of \S+, line 1 +backup --full\n/,
  },
  '/usr/local/bin/backup --full': { prints: /^backup --full\n$/ },
  "exec /usr/local/bin/cronitor-exec backup-full '/usr/local/bin/backup --full'": job('backup-full', {
    message: 'backup --full',
  }),
  'cronitor-exec --lock --timeout 1h --quiet-success nightly-backup backup --full': {
    ...job('nightly-backup', { message: 'backup --full' }),
    prints: /^$/,
  },
  'cronitor-exec nightly-backup backup --full': job('nightly-backup', { message: 'backup --full' }),
  "cronitor-exec first-job sh -c 'echo hi'": job('first-job', { message: 'hi', status_code: '0' }),
  'cronitor-exec etc-backup tar -czf /var/backups/etc.tar.gz -C / etc': backsUp(),
  'cronitor-exec --lock --timeout 2h --quiet-success --retries 2 etc-backup tar -czf /var/backups/etc.tar.gz -C / etc':
    backsUp(),
  'cronitor-exec --print-command etc-backup tar -czf /var/backups/etc.tar.gz -C / etc': {
    prints: /^command\n {2}tar -czf /,
    after: ({ root }) => expect(existsSync(join(root, 'var/backups/etc.tar.gz'))).toBe(false),
  },
  'cronitor-exec --env staging nightly-backup backup': job('nightly-backup', { env: 'staging' }),
  'cronitor-exec --api-key-file /etc/cronitor/key nightly-backup backup --full': job('nightly-backup', {
    message: 'backup --full',
  }),
  'cronitor-exec nightly-backup backup --full > /dev/null 2>&1': {
    ...job('nightly-backup', { message: 'backup --full' }),
    prints: /^$/,
  },
  'cronitor-exec --no-output nightly-backup backup --full': {
    ...job('nightly-backup', { status_code: '0' }),
    prints: /^backup --full\n$/,
  },
  "cronitor-exec nightly-backup 'cd /backup && backup --full'": job('nightly-backup', {
    message: 'backup --full',
  }),
  'cronitor ping nightly-backup --fail': { events: ['nightly-backup fail'] },
  'cronitor-exec --lock --lock-wait 60 nightly-backup backup --full': job('nightly-backup', {
    status_code: '0',
  }),
  'cronitor-exec --timeout 10m nightly-backup backup --full': job('nightly-backup', {
    message: 'backup --full',
  }),
  'cronitor-exec --quiet-success --lock --timeout 2h nightly-backup backup --full': {
    ...job('nightly-backup', { message: 'backup --full' }),
    prints: /^$/,
  },
  'cronitor-exec --retries 2 nightly-backup backup --full': job('nightly-backup', {
    message: 'backup --full\nattempt 1 of 3',
  }),
  'cronitor-exec --jitter 5m nightly-backup backup --full': {
    ...job('nightly-backup', { message: 'backup --full' }),
    instead: ['--jitter 5m', '--jitter 100ms'],
  },
  'cronitor-exec --fail-if ERROR nightly-backup backup --full': job('nightly-backup', {
    message: 'backup --full',
  }),
  'nice -n 10 cronitor-exec nightly-backup backup --full': {
    ...job('nightly-backup', { message: 'backup --full' }),
  },
  'openssl rand -hex 20 > /etc/cronitor/keys': {
    before: ({ root }) => unlinkSync(join(root, 'etc/cronitor/keys')),
    after: ({ root }) => {
      const file = join(root, 'etc/cronitor/keys')
      expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{40}\n$/)
      expect(statSync(file).mode & 0o777).toBe(0o600)
    },
  },
  'cronitor-exec nightly-backup /usr/local/bin/backup --full': job('nightly-backup', {
    message: 'backup --full',
  }),
  'cronitor-exec nightly-backup /usr/local/bin/backup': job('nightly-backup', { message: 'backup' }),
  "cronitor-exec nightly-backup 'pg_dump app | gzip > /backup/app.gz'": {
    ...job('nightly-backup', { status_code: '0' }),
    after: ({ root }) => expect(existsSync(join(root, 'backup/app.gz'))).toBe(true),
  },
  "cronitor-exec weekly-report 'report | gzip > report.gz'": {
    ...job('weekly-report', { status_code: '0' }),
    after: ({ home }) => expect(existsSync(join(home, 'report.gz'))).toBe(true),
  },
  'cronitor exec nightly-backup /usr/local/bin/backup --full': job('nightly-backup', {
    message: 'backup --full',
  }),
  'cronitor exec nightly-backup backup --full': job('nightly-backup', { message: 'backup --full' }),
  'cronitor --env staging exec nightly-backup backup': job('nightly-backup', { env: 'staging' }),
  'cronitor-exec --env production --deliver-within 30s deploy -- make deploy': job('deploy', {
    env: 'production',
  }),
  'cronitor-exec --env staging --no-output deploy -- make deploy': {
    ...job('deploy', { env: 'staging' }),
    prints: /^make deploy\n$/,
    after: () => expect(api.events('deploy').at(-1)?.params.get('message')).toBeNull(),
  },
  "cronitor-exec export 'export-orders | gzip > orders.gz'": {
    ...job('export', { status_code: '0' }),
    after: ({ home }) => expect(existsSync(join(home, 'orders.gz'))).toBe(true),
  },
  'cronitor-exec --no-output payroll pay --all': {
    ...job('payroll', { status_code: '0' }),
    prints: /^pay --all\n$/,
    after: () => expect(api.events('payroll').at(-1)?.params.get('message')).toBeNull(),
  },
  "cronitor-exec import 'import-orders && cronitor ping --ok --metric count:42'": {
    events: ['import run', 'import ok', 'import complete'],
    params: { metric: 'count:42' },
    after: () =>
      expect(
        new Set(
          api
            .events('import')
            .slice(-3)
            .map(({ params }) => params.get('series')),
        ).size,
      ).toBe(1),
  },
  "cronitor-exec import 'cronitor ping --ok --metric count:42'": {
    events: ['import run', 'import ok', 'import complete'],
    params: { metric: 'count:42' },
  },
  '#!/bin/sh\nexport CRONITOR_MONITOR_KEY=import CRONITOR_SERIES': {
    events: ['import run', 'import complete'],
    params: { metric: 'count:1' },
    after: () => {
      const [run, complete] = api.events('import').slice(-2)
      expect(run?.params.get('series')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      expect(complete?.params.get('series')).toBe(run?.params.get('series'))
    },
  },
  "cronitor-exec weekly-report 'set -o pipefail; report | gzip > report.gz'": {
    ...job('weekly-report', { status_code: '0' }),
    after: ({ home }) => expect(existsSync(join(home, 'report.gz'))).toBe(true),
  },
  "cronitor-exec --shell /bin/bash pay 'set -o pipefail; pay | gzip > pay.gz'": {
    ...job('pay', { status_code: '0' }),
    after: ({ home }) => expect(existsSync(join(home, 'pay.gz'))).toBe(true),
  },
  'cronitor-exec --lock nightly-backup backup --full': job('nightly-backup', { status_code: '0' }),
  'cronitor-exec --lock-name reports --lock-wait 10m --on-locked fail weekly-report report': job(
    'weekly-report',
    { status_code: '0' },
  ),
  'cronitor-exec --lock --lock-slots 3 import import-orders': job('import', { status_code: '0' }),
  'cronitor-exec --lock --lock-dir /var/lib/cronitor/locks weekly-report report': job('weekly-report', {
    status_code: '0',
  }),
  'cronitor-exec --splay 1s nightly-backup backup --full': job('nightly-backup', { status_code: '0' }),
  'cronitor-exec --jitter 500ms import import-orders': job('import', { status_code: '0' }),
  'cronitor-exec --usage nightly-backup backup --full': {
    ...job('nightly-backup', { status_code: '0' }),
    after: () =>
      expect(api.events('nightly-backup').at(-1)?.params.getAll('metric')).toEqual(
        expect.arrayContaining([expect.stringMatching(/^cpu_seconds:/)]),
      ),
  },
  "cronitor-exec --own-group payroll 'trap : TERM; pay & pay; kill -- -$$'": job('payroll', {
    status_code: '0',
  }),
  "cronitor-exec --own-group import 'trap : TERM; import-orders & import-orders; kill -- -$$'": job(
    'import',
    {
      status_code: '0',
    },
  ),
  'cronitor-exec --timeout 2h --warn-after 1h nightly-backup backup --full': job('nightly-backup', {
    message: 'backup --full',
  }),
  'cronitor-exec --retries 3 --retry-delay 1m --retry-backoff 2 --deadline 1h import import-orders': job(
    'import',
    { message: 'import-orders\nattempt 1 of 4' },
  ),
  'cronitor-exec --quiet-success nightly-backup backup --full': {
    ...job('nightly-backup', { message: 'backup --full' }),
    prints: /^$/,
  },
  'cronitor-exec --quiet-success --buffer-size 256m import import-orders': {
    ...job('import', { message: 'import-orders' }),
    prints: /^$/,
  },
  "cronitor-exec --fail-if ERROR --require '^import' import import-orders": job('import', {
    message: 'import-orders',
  }),
  "cronitor-exec --metric-from '(?P<name>rows)=(?P<value>[0-9]+)' import 'import-orders rows=1200'":
    reportsRows(),
  'cronitor-exec import \'import-orders; echo rows=1200 >> "$CRONITOR_METRICS"\'': reportsRows(),
  "cronitor-exec --redact 'token=[^ ]*' deploy make deploy token=12345": {
    ...job('deploy', { message: 'make deploy [redacted]' }),
    prints: /^make deploy token=12345\n$/,
  },
  'cronitor-exec --print-command nightly-backup backup --full': {
    events: [],
    prints: /^command\n {2}backup --full\n\nevents [\s\S]*\njob control\n {2}none\n\nsettings\n/,
  },
  'cronitor ping nightly-backup --run': { events: ['nightly-backup run'] },
  'cronitor ping nightly-backup --ok': { events: ['nightly-backup ok'] },
  'cronitor ping nightly-backup --complete --metric count:42': {
    events: ['nightly-backup complete'],
    params: { metric: 'count:42' },
  },
  'cronitor ping nightly-backup --complete --metric count:42 --msg "42 files"': {
    events: ['nightly-backup complete'],
    params: { metric: 'count:42', message: '42 files' },
  },
  'cronitor ping import --run --series 42': { events: ['import run'], params: { series: '42' } },
  'cronitor ping import --complete --series 42 --metric count:1200': {
    events: ['import complete'],
    params: { series: '42', metric: 'count:1200' },
  },
  'cronitor ping import --fail --status-code 3 --message "no such table"': {
    events: ['import fail'],
    params: { status_code: '3', message: 'no such table' },
  },
  'tail -n 20 import.log | cronitor ping import --fail --message -': {
    events: ['import fail'],
    params: { message: 'line 1\nline 2' },
  },
  'df -h | cronitor ping disk --fail --msg -': { events: ['disk fail'], params: { message: 'df -h' } },
  'cronitor ping --ok --metric rows:1000': {
    events: ['import ok'],
    params: { metric: 'rows:1000' },
    environment: { CRONITOR_MONITOR_KEY: 'import', CRONITOR_SERIES: '1' },
  },
  'cronitor ping import --ok --dry-run': { prints: /^GET http\S+\/p\/\[redacted\]\/import\?state=ok\S*\n$/ },
  'cronitor ping nightly-backup --ok --dry-run': { prints: /^GET \S+\/nightly-backup\?state=ok\S*\n$/ },
  'cronitor ping import --complete --metric count:42 --dry-run': {
    prints: /^GET \S+\/import\?state=complete\S*metric=count%3A42\n$/,
  },
  'cronitor doctor': { prints: /^Events of this user should arrive; .*\.\n$/m },
  'cronitor doctor --json': { prints: /^\{"arrives":true,"checks":\[\n\{"check":"program",/ },
  'cronitor doctor --send nightly-backup': {
    events: ['nightly-backup ok'],
    prints: /^ok +send +the API has accepted an event for nightly-backup$/m,
  },
  'cronitor spool list': {
    before: sandbox => leaveEvent(sandbox, 'queue', 3),
    prints: /^AGE +MONITOR +STATE +TRIES +LAST ERROR\n3h +kept +ok +3 +HTTP status 503\n$/,
  },
  'cronitor spool list --rejected --json': {
    before: sandbox => leaveEvent(sandbox, 'rejected', 3),
    prints: /^\[\n\{[^\n]*"monitor":"kept"[^\n]*"httpStatus":404[^\n]*\}\n\]\n$/,
  },
  'cronitor spool list --rejected --spool-dir /var/lib/cronitor/forward': {
    prints: /^Nothing was refused\.\n$/,
  },
  'cronitor spool flush --deliver-within 1m': flushes(/^1 delivered, 0 left\n$/),
  // In the crontab; the summary is not to be mailed.
  'cronitor spool flush > /dev/null': flushes(/^$/),
  // As a service, and behind `retry`.
  'cronitor spool flush': flushes(/^1 delivered, 0 left\n$/),
  'cronitor spool retry': retries(),
  'cronitor spool retry --rekey': retries(),
  'cronitor spool drop --rejected --older-than 1d': dropsOld(25),
  'cronitor spool drop': {
    before: async sandbox => {
      await emptySpool(sandbox)
      await leaveEvent(sandbox, 'queue', 3)
      await leaveEvent(sandbox, 'rejected', 3)
    },
    prints: /^1 event was dropped\.\n$/,
    after: sandbox => expect([inSpool(sandbox, 'queue'), inSpool(sandbox, 'rejected')]).toEqual([0, 1]),
  },
  'cronitor try --quiet \'0 2 * * * echo "$PATH"\'': { prints: /^\/usr\/bin:\/bin(:\/usr\/sbin:\/sbin)?\n$/ },
  'cronitor try \'0 2 * * * echo "$PATH"\'': {
    prints: /^\/usr\/bin:\/bin(:\/usr\/sbin:\/sbin)?\n$/,
    warns: /^cronitor: PATH is .*; here \S+\/usr\/local\/bin:\/usr\/bin:\/bin$/m,
  },
  "cronitor try --print '0 2 * * * backup --full'": {
    prints: /^schedule {2}0 2 \* \* \*\n[\s\S]*^command {3}backup --full\n[\s\S]*^SHELL=\/bin\/sh$/m,
  },
  "cronitor try --print --dialect cronie --system '0 2 * * * root -n backup'": {
    // Only root can run it.
    ...(process.geteuid?.() === 0
      ? { prints: /^user {6}root \(0\)\n[\s\S]*^command {3}backup\n/m }
      : { status: 125, warns: /^cronitor: the given line is run as root, which only root can do$/m }),
  },
  'cronitor-exec --help': { prints: /^Usage: cronitor-exec / },
  'cronitor --version': { prints: /^cronitor \d+\.\d+\.\d+\n$/ },
  'install -d -m 0755 /etc/cronitor': {},
  'install -d -m 1777 /var/lib/cronitor/locks': {},
  'printf \'%s\\n\' "$CRONITOR_API_KEY" > /etc/cronitor/key': writesKey(),
  'chmod g-w ~/.config ~/.config/cronitor ~/.config/cronitor/cronitor.json': {
    before: async sandbox => {
      const folder = join(sandbox.home, '.config/cronitor')
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'cronitor.json'), JSON.stringify({ CRONITOR_ENV: 'from the file' }))
      for (const path of [join(folder, '..'), folder, join(folder, 'cronitor.json')]) chmodSync(path, 0o775)
      // Of a group that is the user's alone nothing is said.
      const warnings = await warningsWithFile(sandbox)
      if (whyNoSharedGroup() === undefined) expect(warnings).toContain('is writable by its group')
    },
    after: async sandbox => expect(await warningsWithFile(sandbox)).toBe(''),
  },
}

const ON_8427 = /^Listening on http:\/\/127\.0\.0\.1:8427\n/

const AS_A_RELAY =
  '--listen 0.0.0.0 --api-key-file /etc/cronitor/keys --forward-to https://cronitor.link --forward-key-file /etc/cronitor/key'

/**
 * Servers: they are ready when they say so, and end with status 0 on TERM. They listen on 127.0.0.1, whatever the
 * example says, and what they would send on goes to the tests' own API.
 */
const SERVERS: Readonly<Record<string, RegExp>> = {
  'cronitor serve': ON_8427,
  'cronitor serve --port 0': /^Listening on http:\/\/127\.0\.0\.1:\d+\n/,
  'cronitor serve --port 0 --json': /^\{"listening":"http:\/\/127\.0\.0\.1:\d+"\}\n/,
  'cronitor serve --listen 0.0.0.0 --api-key-file /etc/cronitor/keys': ON_8427,
  'cronitor serve --quiet --listen 0.0.0.0 --api-key-file /etc/cronitor/keys': ON_8427,
  'cronitor serve --expect-file /etc/cronitor/expect': ON_8427,
  'cronitor serve --listen 0.0.0.0 --api-key-file /etc/cronitor/keys --expect-file /etc/cronitor/expect --notify-url https://hooks.example.org/cronitor':
    ON_8427,
  "cronitor serve --expect 'nightly-backup=every 25h' --notify-url https://hooks.example.org/cronitor":
    ON_8427,
  'cronitor serve --smtp-port 2525 --smtp-fail-words error,failed': ON_8427,
  [`cronitor serve ${AS_A_RELAY}`]: ON_8427,
}

const OTHER_CRONTABS =
  "reads or writes this machine's crontabs; test/e2e/crontab/ has the command with others"
const WITH_A_SERVER = 'asks a cronitor serve; test/e2e/server/runs.test.ts starts one for it'

const OF_THIS_MACHINE = 'reads a crontab of the machine; test/e2e/crontab/try-beside-cron.test.ts has its own'

const OF_THE_ARCHIVE = 'test/e2e/install/archive.test.ts installs the archive elsewhere'
const OF_THE_IMAGE = 'test/e2e/install/container.test.ts builds and runs the image without a registry'
const IN_OTHER_SHELLS = 'test/e2e/install/completions.test.ts runs it in that shell'

const OF_THIS_USER =
  'writes the settings file of the user, for root that of this machine; test/e2e/doctor/configure.test.ts runs it'

/** A test of the package runs these in a system of its own, and a test below compares a list of programs with .ci/run. */
const CHANGES_HOST =
  /^(?:(?:apt|apt-get|dnf|dpkg) (?:install|remove|purge|-i) |dpkg-reconfigure |systemctl (?:enable|disable) |npm install (?:-g )?\.\/|kubectl )/

const NOT_RUN: Readonly<Record<string, string>> = {
  'tar xzf cronitor-exec-0.1.0-linux-x64.tar.gz': OF_THE_ARCHIVE,
  'cronitor-exec-0.1.0-linux-x64/install.sh': OF_THE_ARCHIVE,
  '/usr/local/lib/cronitor-exec/install.sh --uninstall': OF_THE_ARCHIVE,
  'podman build --format docker -t cronitor-exec -f packaging/Containerfile build/linux-x64': OF_THE_IMAGE,
  'podman secret create cronitor-keys keys': OF_THE_IMAGE,
  'podman run -d -p 8427:8427 -v cronitor:/var/lib/cronitor --secret cronitor-keys,target=/etc/cronitor/keys cronitor-exec':
    OF_THE_IMAGE,
  "podman run --rm --no-healthcheck -v spool:/var/spool/cronitor -e CRONITOR_API_KEY cronitor-exec cronitor-exec nightly-backup sh -c 'echo hi'":
    OF_THE_IMAGE,
  'eval "$(cronitor completions bash)"': IN_OTHER_SHELLS,
  'eval "$(cronitor completions zsh)"': IN_OTHER_SHELLS,
  'cronitor completions fish | source': IN_OTHER_SHELLS,
  'cronitor try /etc/cron.d/backup:3': OF_THIS_MACHINE,
  'cronitor try crontab:5': OF_THIS_MACHINE,
  'cronitor try crontab:3': OF_THIS_MACHINE,
  'cronitor crontab wrap': OTHER_CRONTABS,
  'cronitor crontab wrap --apply': OTHER_CRONTABS,
  'cronitor crontab wrap --apply --jobs nightly-backup,12': OTHER_CRONTABS,
  'cronitor crontab wrap --apply --expectations /etc/cronitor/expect': OTHER_CRONTABS,
  'cronitor crontab wrap --env production --with=--lock --with=--timeout=2h': OTHER_CRONTABS,
  'cronitor crontab unwrap --apply': OTHER_CRONTABS,
  'cronitor crontab check': OTHER_CRONTABS,
  'cronitor crontab check --json': OTHER_CRONTABS,
  'cronitor configure': OF_THIS_USER,
  'cronitor configure --url http://127.0.0.1:8427': OF_THIS_USER,
  'cronitor configure --url http://monitor.example.org:8427': OF_THIS_USER,
  'cronitor configure --api-key-file /etc/cronitor/key': OF_THIS_USER,
  'cat /etc/cronitor/key | cronitor configure': OF_THIS_USER,
  'cronitor doctor --fix': OF_THIS_USER,
  'cronitor runs': WITH_A_SERVER,
  'cronitor runs --follow --state failed --json': WITH_A_SERVER,
  'cronitor runs nightly-backup --limit 5': WITH_A_SERVER,
  'cronitor runs nightly-backup --json': WITH_A_SERVER,
  'cronitor runs --follow': WITH_A_SERVER,
  'cronitor runs --follow --state failed': WITH_A_SERVER,
  'cronitor runs --follow --limit 0 --state failed': WITH_A_SERVER,
  'cronitor serve --listen 0.0.0.0 --api-key-file /etc/cronitor/keys':
    'lets other hosts in; test/e2e/server/serve-keys.test.ts has a server with keys',
  'npm ci': 'would take node_modules away from under the tests; .ci/run does it',
  'npm ci && npm test': 'these are the tests; .ci/run runs exactly this line',
  'npm run check': 'runs these tests',
  'node scripts/kill.mjs': 'takes minutes; test/e2e/spool/kill.test.ts runs less of it',
  'node scripts/fuzz-serve.mjs --minutes 10':
    'takes minutes; test/e2e/server/fuzz-serve.test.ts runs less of it',
  'node scripts/kill-lock.mjs':
    'takes minutes; test/e2e/wrapper/job-control/lock-contention.test.ts runs less of it',
  'node scripts/lock-handover.mjs': 'takes a minute, and measures the machine',
  'node scripts/kill-serve.mjs': 'takes minutes; test/e2e/server/serve-kill.test.ts runs less of it',
  'node scripts/kill-postgres.mjs': 'takes minutes; test/e2e/server/postgres/kills.test.ts runs less of it',
  'npx vitest run --project postgres': 'runs tests inside of the tests; .ci/run does it',
  'TEST_RUNS=200 npx vitest run --project postgres every-order': 'runs tests inside of the tests',
  'TEST_POSTGRES=$(scripts/debian-postgres.sh trixie 17 /tmp/postgres-17) npx vitest run --project postgres':
    'needs the archive of Debian; .ci/run does it',
  'node scripts/screenshots.mjs': 'writes the pictures in docs/',
  'node scripts/terminal-picture.mjs': 'writes a picture in docs/',
  'node bench/overhead.mjs --only https --rows floor,npm,executable,runitor --rounds 15 --against ../another-clone':
    'takes a minute, and needs another clone',
  'npm run bench:serve': 'takes minutes',
  'npm run bench:reads': 'takes minutes',
  'node bench/page.mjs': 'takes minutes',
  'node bench/serve-postgres.mjs': 'takes minutes',
  'node bench/postgres-growth.mjs': 'takes an hour',
  'npm run bench:limits': 'takes minutes; test/e2e/spool/herd.test.ts runs a smaller one',
  'npm run bench:restart': 'takes a minute; test/e2e/spool/herd.test.ts runs a smaller one',
  'node scripts/many-runs.mjs': 'takes minutes',
  'npm run build':
    'would replace dist/ while the tests use it; test/e2e/install/build.test.ts runs it on a copy',
  'npx vitest run --project unit test/settings': 'runs tests inside of the tests',
  'npx vitest run --project e2e test/e2e/install/docs.test.ts': 'runs this test',
  'npm install --prefix /tmp/newest --no-save node@latest': 'needs a registry; .ci/run does it',
  'python3 -m venv /tmp/sdk && /tmp/sdk/bin/pip install cronitor==4.9.0 celery':
    'needs a registry; .ci/run does it',
  'TEST_PYTHON=/tmp/sdk/bin/python npx vitest run --project e2e official-clients':
    'runs tests inside of the tests; .ci/run does it',
  'TEST_NODE=/tmp/newest/node_modules/.bin/node npx vitest run --project e2e':
    'runs this test; .ci/run does it',
  'TEST_NODE=/tmp/newest/node_modules/.bin/node npm run test:wrapper': 'runs this test; .ci/run does it',
  'npx vitest run code-cache cron crontab disk-faults fault-matrix settings store surroundings trusted-path':
    'runs tests inside of the tests; .ci/run does it',
  'TEST_CRON=all npx vitest run --project e2e test/e2e/crontab/agreement.test.ts': 'takes minutes',
  'TEST_CRON=all npx vitest run --project e2e test/e2e/crontab/side-by-side.test.ts': 'takes minutes',
  'TEST_CRON=all npx vitest run --project e2e test/e2e/crontab/corpus.test.ts': 'takes minutes',
  '.ci/run': 'runs this test',
  'npm run build:npm': 'writes build/; test/e2e/install/install.test.ts builds it',
  'npm run build:packages': 'writes build/, which other tests use',
  'npm ci && npm run build:executable': 'test/e2e/install/executable.test.ts builds it',
  'npm run build:executable -- --all':
    'needs a registry; test/e2e/install/executable.test.ts builds one target',
  'scripts/every-node.sh': 'runs this test',
  'npm run test:executable': 'runs this test; .ci/run does it',
  'TEST_EXECUTABLE=build/linux-x64 npx vitest run --project e2e test/e2e/wrapper/signals.test.ts':
    'runs tests inside of the tests',
  'CAPTURE_DIR=/tmp/captured npx vitest run --project e2e': 'runs this test',
  'npx biome check --write .': 'writes the sources',
  "sqlite3 /var/lib/cronitor/cronitor.db '.backup /backup/cronitor.db'": 'needs a database',
  'postgres://user@host1:5432,host2/database?sslmode=verify-full': 'it is an address, and no command line',
  'cronitor serve --database URL --migrate-from sqlite:/var/lib/cronitor':
    'needs PostgreSQL (e2e/server/migrate-store.test.ts)',
}

function writesKey(): Outcome {
  return {
    before: ({ root }) => unlinkSync(join(root, 'etc/cronitor/key')),
    after: ({ root }) => {
      const file = join(root, 'etc/cronitor/key')
      expect(readFileSync(file, 'utf8')).toBe(`${KEY}\n`)
      expect(statSync(file).mode & 0o777).toBe(0o600)
    },
  }
}

/** Of one event that waits. */
function flushes(prints: RegExp): Outcome {
  return {
    before: async sandbox => {
      await emptySpool(sandbox)
      await leaveEvent(sandbox, 'queue', 3)
    },
    events: ['kept ok'],
    params: { message: '[delayed 3h]', series: '3' },
    prints,
    after: sandbox => {
      const stamp = Number(api.events('kept').at(-1)?.params.get('stamp'))
      expect(Math.abs(Date.now() / 1000 - 3 * 3600 - stamp)).toBeLessThan(60)
      expect(inSpool(sandbox, 'queue')).toBe(0)
    },
  }
}

function retries(): Outcome {
  return {
    before: async sandbox => {
      await emptySpool(sandbox)
      await leaveEvent(sandbox, 'rejected', 3)
    },
    prints: /^1 event was put back\. The next run delivers it, or cronitor spool flush\.\n$/,
    after: sandbox => expect([inSpool(sandbox, 'queue'), inSpool(sandbox, 'rejected')]).toEqual([1, 0]),
  }
}

/** Of two that were refused, the one that is so many hours old; one that waits stays. */
function dropsOld(hours: number): Outcome {
  return {
    before: async sandbox => {
      await emptySpool(sandbox)
      await leaveEvent(sandbox, 'queue', hours)
      await leaveEvent(sandbox, 'rejected', hours)
      await leaveEvent(sandbox, 'rejected', hours - 2)
    },
    prints: /^1 event was dropped\.\n$/,
    after: sandbox => expect([inSpool(sandbox, 'queue'), inSpool(sandbox, 'rejected')]).toEqual([1, 1]),
  }
}

/** Of what the lines above have left. */
function emptySpool({ spool }: Sandbox): Promise<void> {
  return rm(spool, { recursive: true, force: true })
}

/** A run of `etc-backup`, which leaves an archive of the sandbox's /etc. */
function backsUp(): Outcome {
  return {
    ...job('etc-backup', { status_code: '0' }),
    prints: /^$/,
    before: ({ root }) => rm(join(root, 'var/backups/etc.tar.gz'), { force: true }),
    after: ({ root }) => expect(existsSync(join(root, 'var/backups/etc.tar.gz'))).toBe(true),
  }
}

function job(monitor: string, params: Readonly<Record<string, string>>): Outcome {
  return { events: [`${monitor} run`, `${monitor} complete`], params }
}

/** A run of `import` with the metric that its output or its file has. */
function reportsRows(): Outcome {
  return {
    ...job('import', { status_code: '0' }),
    after: () => expect(api.events('import').at(-1)?.params.getAll('metric').slice(1)).toEqual(['rows:1200']),
  }
}

async function warningsWithFile({ environment, home }: Sandbox): Promise<string> {
  const argv = [paths.bin.cronitor, 'ping', 'settings', '--ok', '--dry-run', '-k', KEY]
  const { stderr } = await run(argv, {
    env: { ...environment, CRONITOR_CONFIG: join(home, '.config/cronitor/cronitor.json') },
  })
  return String(stderr)
}

/** Runs a command as the example's reader would, and holds what happens against its outcome. */
async function check(
  line: string,
  argv: readonly string[],
  sandbox: Sandbox,
  environment: Readonly<Record<string, string>>,
): Promise<RunResult> {
  const outcome = OUTCOMES[line]
  if (outcome === undefined) throw new Error(`nothing is said here of what this does: ${line}`)
  handled.add(line)
  await outcome.before?.(sandbox)
  const seen = api.events().length
  const result = await run(argv, { env: { ...environment, ...outcome.environment }, cwd: sandbox.home })
  expect(String(result.stderr)).toMatch(outcome.warns ?? /^$/)
  expect(result.status).toBe(outcome.status ?? 0)
  const events = api.events().slice(seen)
  // A ping of the job's own may overtake the wrapper's `run`.
  const states = events.map(({ monitorKey, state }) => `${monitorKey} ${state}`)
  expect(states.sort()).toEqual([...(outcome.events ?? [])].sort())
  for (const { apiKey } of events) expect([KEY, ...KEYS_IN_EXAMPLES]).toContain(apiKey)
  for (const [name, value] of Object.entries(outcome.params ?? {})) {
    expect(events.flatMap(({ params }) => params.getAll(name))).toContain(value)
  }
  expect(String(result.stdout)).toMatch(outcome.prints ?? /^/)
  await outcome.after?.(sandbox)
  return result
}

async function checkServer(line: string, ready: RegExp, sandbox: Sandbox): Promise<void> {
  handled.add(line)
  if (isChecked(line)) return
  const here = sandbox
    .localized(line)
    .replace('--listen 0.0.0.0', '--listen 127.0.0.1')
    .replace(/https:\/\/(cronitor\.link|hooks\.example\.org)/g, api.url)
  const server = start(['/bin/sh', '-c', `exec ${here}`], { env: sandbox.environment })
  const ended = server.done
  while (!ready.test(String(server.output().stdout))) {
    const over = await Promise.race([
      ended,
      new Promise<undefined>(resolve => setTimeout(resolve, 20, undefined)),
    ])
    if (over === undefined) continue
    // The port is another server's, which it has to say.
    expect(String(over.stderr)).toContain('another program listens there already')
    expect(over.status).toBe(1)
    return
  }
  server.signal('SIGTERM')
  expect((await ended).status).toBe(0)
}

/** The README's first minute, as one script, with its own server. It prints what the block below it shows. */
async function checkFirstMinute(text: string, { environment, home }: Sandbox): Promise<void> {
  const port = String(await ownPort())
  const script = text
    .replace('serve --quiet &', `serve --quiet --port ${port} &`)
    .replace('http://127.0.0.1:8427', `http://127.0.0.1:${port}`)
    .replace('sleep 2', 'sleep 1')
  expect(script.match(new RegExp(port, 'g'))).toHaveLength(2)
  const { stdout, stderr, status } = await run(['/bin/bash', '-c', `set -e\n${script}kill $!; wait $!`], {
    env: { ...environment, CRONITOR_HOSTNAME: 'web1' },
    cwd: home,
  })
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
  // Times and durations differ, and the widths of columns with them.
  const masked = (output: string) => output.replace(/[\d.]+/g, '0').replace(/ +/g, ' ')
  const shown = examples.find(each => each.kind === 'text' && each.text.startsWith('TIME '))
  const [, printed = ''] = /(^TIME [\s\S]*)/m.exec(String(stdout)) ?? []
  expect(masked(printed)).toBe(masked(shown?.text ?? ''))
  expect(String(stdout)).toMatch(/^hi$/m)
}

/** The documents have the service that a timer starts, and systemd, if installed, accepts both. */
function checkTimer(text: string, name: string, { root, localized }: Sandbox): void {
  const services = examples.filter(
    each => each.kind === 'systemd' && unitFile(each.text) === `${name}.service`,
  )
  expect(services.length).toBeGreaterThan(0)
  expect(new Set(services.map(service => service.text)).size).toBe(1)
  const timer = join(root, `${name}.timer`)
  writeFileSync(timer, text)
  writeFileSync(join(root, `${name}.service`), localized(services[0]?.text ?? ''))
  const { error, status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', timer], {
    encoding: 'utf8',
  })
  if (error === undefined) expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
}

/** In the place of the settings file that `cronitor configure` has written; the examples may name a file of a key. */
const OF_SETTINGS = { CRONITOR_API_KEY: KEY }

const handled = new Set<string>()

/** What has done what it says: the same line in the same environment is in several documents. */
const checked = new Set<string>()

function isChecked(...what: readonly unknown[]): boolean {
  const name = JSON.stringify(what)
  const isKnown = checked.has(name)
  checked.add(name)
  return isKnown
}

const RUN: Readonly<Record<Example['kind'], (text: string, sandbox: Sandbox) => Promise<void>>> = {
  // Those of docs/library.md are run by test/e2e/library/guide.test.ts, and there are no others.
  async js() {
    const all = examples.filter(({ kind }) => kind === 'js')
    expect(all.filter(({ where }) => !where.startsWith('docs/library.md'))).toEqual([])
  },
  async sh(text, sandbox) {
    if (text.includes(' & sleep 1\n')) return checkFirstMinute(text, sandbox)
    const environment = { ...sandbox.environment, CRONITOR_API_KEY: KEY }
    if (text.startsWith('#!')) {
      const file = join(sandbox.root, 'script')
      writeFileSync(file, sandbox.localized(text), { mode: 0o755 })
      await check(text.split('\n').slice(0, 2).join('\n'), [file], sandbox, environment)
      return
    }
    // What a line leaves to the next ones in a shell.
    const lasting: string[] = []
    for (const line of text
      .replace(/ *\\\n */g, ' ')
      .split('\n')
      .filter(each => each !== '')) {
      const server = SERVERS[line]
      if (CHANGES_HOST.test(line)) continue
      if (NOT_RUN[line] !== undefined) handled.add(line)
      else if (server !== undefined) await checkServer(line, server, sandbox)
      else if (/^(export [A-Z_]+=|umask )/.test(line)) lasting.push(line)
      else {
        if (isChecked(lasting, line)) continue
        const [part = '', by = ''] = OUTCOMES[line]?.instead ?? []
        const script = sandbox.localized([...lasting, line.replace(part, by)].join('\n'))
        await check(line, ['/bin/sh', '-c', script], sandbox, environment)
      }
    }
  },

  async crontab(text, sandbox) {
    for (const { command, environment } of parseCrontab(text)) {
      if (isChecked('crontab', command, environment)) continue
      // Where a crontab sets no PATH, cronitor-exec is taken to be in a folder that cron knows.
      const { PATH = `/usr/local/bin:/usr/bin:/bin`, ...others } = environment
      const given = Object.entries({ ...others, PATH }).map(([name, value]) => [
        name,
        sandbox.localized(value),
      ])
      const argv = ['/bin/sh', '-c', sandbox.localized(command)]
      const { LOGNAME, SHELL } = { LOGNAME: 'root', SHELL: '/bin/sh' }
      const { HOME, CRONITOR_TELEMETRY_URL = '', CRONITOR_SPOOL_DIR = '' } = sandbox.environment
      await check(command, argv, sandbox, {
        ...OF_SETTINGS,
        LOGNAME,
        SHELL,
        HOME: HOME ?? '',
        CRONITOR_TELEMETRY_URL,
        CRONITOR_SPOOL_DIR,
        ...Object.fromEntries(given),
      })
    }
  },

  async yaml(text, sandbox) {
    // Prometheus's default folder exists.
    if (text.startsWith('scrape_configs:')) {
      expect(text).toContain(`'127.0.0.1:${DEFAULT_PORT}'`)
      return
    }
    for (const { run: line, environment } of parseCiSteps(text)) {
      if (NOT_RUN[line] !== undefined) {
        handled.add(line)
        continue
      }
      const given = Object.entries(environment).map(([name, value]) => [
        name,
        value.replace(/^\$\{\{ secrets\.CRONITOR_API_KEY \}\}$/, KEY),
      ])
      // As GitHub Actions runs a step.
      const argv = ['bash', '-e', '-c', sandbox.localized(line)]
      await check(line, argv, sandbox, { ...sandbox.environment, ...Object.fromEntries(given) })
    }
  },

  async systemd(text, sandbox) {
    const timer = parseTimer(text)
    if (timer !== undefined) {
      checkTimer(text, timer.name, sandbox)
      return
    }
    const { execStart, environment } = parseUnit(text)
    const given = Object.entries(environment).map(([name, value]) => [name, sandbox.localized(value)])
    const [program = '', ...args] = execStart
    const argv = parseUnit(sandbox.localized(text)).execStart
    const line = [program.replace(/^\/usr\/(?:local\/)?bin\//, ''), ...args].join(' ')
    const server = SERVERS[line]
    if (server !== undefined) return checkServer(line, server, sandbox)
    if (isChecked('systemd', line, environment)) return
    await check(line, argv, sandbox, { ...OF_SETTINGS, ...sandbox.environment, ...Object.fromEntries(given) })
  },

  async json(text, sandbox) {
    const shown: unknown = JSON.parse(text)
    // What --notify-url sends.
    if (typeof shown === 'object' && shown !== null && 'text' in shown) {
      const change = { id: 1, monitorKey: 'job', env: '', from: 'healthy', to: 'failing', at: 0 } as const
      const sent = 'changes' in shown ? messageOf([change, change]) : messageOf([change])
      expect(Object.keys(shown)).toEqual(Object.keys(sent))
      return
    }
    // The answer to an event of which a part is left out.
    if (typeof shown === 'object' && shown !== null && 'ignored' in shown) {
      expect(shown).toEqual(JSON.parse(recordedAnswer([{ parameter: 'stamp', reason: '...' }]).body))
      return
    }
    const file = join(sandbox.root, 'cronitor.json')
    writeFileSync(file, sandbox.localized(text), { mode: 0o600 })
    // Settings for jobs: a wrong one gives a warning.
    if (typeof shown === 'object' && shown !== null && 'jobs' in shown) {
      for (const monitor of Object.keys(shown.jobs as object)) {
        const argv = [paths.bin.exec, '--config', file, '--api-key', KEY, monitor.replace('*', 'any'), 'true']
        const { status, stderr } = await run(argv, { env: sandbox.environment })
        expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
      }
      return
    }
    const seen = api.events().length
    const argv = [paths.bin.cronitor, 'ping', 'settings', '--ok', '--config', file]
    const { status, stderr } = await run(argv, { env: sandbox.environment })
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
    const [event] = api.events().slice(seen)
    expect(event?.apiKey).toBe(KEY)
    expect(event?.params.get('env')).toBe((JSON.parse(text) as Record<string, string>).CRONITOR_ENV)
  },

  // Settings for other programs are excerpts of files that have a test.
  async ini(text) {
    expect.fail(`in no file of examples/ or packaging/: ${text}`)
  },

  async dockerfile(text) {
    expect.fail(`in no file of examples/ or packaging/: ${text}`)
  },

  async text(text) {
    // The pictures of the folders and of a run's way.
    if (text.includes('src/') || text.includes('─▶')) return
    // Lines of a Containerfile, and a message.
    if (/^(FROM|COPY|…)/.test(text)) return
    // What the first minute prints, see checkFirstMinute.
    if (text.startsWith('TIME ')) return
    // The settings for nginx are those of docs/reverse-proxy.md, which test/e2e/server/reverse-proxy.test.ts tries.
    if (text.startsWith('proxy_')) {
      for (const line of text.trim().split('\n'))
        expect(read('docs/reverse-proxy.md')).toContain(`    ${line}\n`)
      return
    }
    // A file for --expect-file.
    if (text.startsWith('#')) {
      const parsed = parseExpectFile(text)
      if (!parsed.ok) throw new Error(parsed.problem)
      const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
      expect(parsed.expectations.map(formatExpectation)).toEqual(lines)
      return
    }
    const usages = [
      help('cronitor-exec'),
      ...['exec', 'ping', 'spool', 'serve', 'runs', 'doctor', 'configure', 'crontab', 'try'].map(name =>
        help('cronitor', name),
      ),
    ]
    for (const line of text.trim().split('\n'))
      expect(usages.map(usage => usage.split('\n')[0])).toContain(`Usage: ${line}`)
  },
}

/** Files that a test of their own tries. */
const TRIED_FILES = ['examples', 'packaging'].flatMap(folder =>
  existsSync(join(paths.project, folder))
    ? readdirSync(join(paths.project, folder), { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    : [],
)

test.each(examples)('$where ($kind) does what it says', async ({ kind, text }) => {
  if (kind !== 'sh' && TRIED_FILES.some(file => isExcerpt(text, file))) return
  await RUN[kind](text, makeSandbox())
})

test('each command line that is handled here is in a document, and each that is not run has its reason', () => {
  const known = [...Object.keys(OUTCOMES), ...Object.keys(SERVERS), ...Object.keys(NOT_RUN)]
  expect(known.filter(line => !handled.has(line))).toEqual([])
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  for (const line of Object.keys(NOT_RUN)) {
    for (const [, name = ''] of line.matchAll(/npm (?:run )?(check|test|demo|build)\b/g)) {
      expect(Object.keys(scripts)).toContain(name)
    }
  }
})

test('a command line that nobody has thought of is a failure, and so is one that does something else', async () => {
  await expect(RUN.sh('cronitor ping other --ok\n', makeSandbox())).rejects.toThrow('nothing is said here')
  checked.clear()
  const sandbox = makeSandbox()
  writeFileSync(join(sandbox.root, 'usr/local/bin/backup'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  await expect(RUN.sh('cronitor-exec nightly-backup backup --full\n', sandbox)).rejects.toThrow()
})

test('a timer that would start nothing is a failure', async () => {
  const timer = examples.find(({ text }) => unitFile(text) === 'cronitor-flush.timer')?.text ?? ''
  await expect(RUN.systemd(timer.replace('[Install]', ''), makeSandbox())).rejects.toThrow('enable')
  await expect(RUN.systemd(timer.replace('flush.timer', 'other.timer'), makeSandbox())).rejects.toThrow()
  const hasSystemd = spawnSync('systemd-analyze', ['--version']).error === undefined
  const wrong = RUN.systemd(timer.replace(/^OnCalendar=.*$/m, 'OnCalendar=sometimes'), makeSandbox())
  if (hasSystemd) await expect(wrong).rejects.toThrow('status: 1')
  else await wrong
})

test.each([
  ['list', 'Nothing waits.\n'],
  ['list --rejected --json', '[]\n'],
  ['flush', '0 delivered, 0 left\n'],
  ['retry', 'Nothing was refused.\n'],
  ['drop', '0 events were dropped.\n'],
])('cronitor spool %s has nothing to do if there is no spool yet', async (words, prints) => {
  const { environment } = makeSandbox()
  const { status, stdout, stderr } = await run([paths.bin.cronitor, 'spool', ...words.split(' ')], {
    env: { ...environment, CRONITOR_API_KEY: KEY },
  })
  expect({ status, stdout: String(stdout), stderr: String(stderr) }).toEqual({
    status: 0,
    stdout: prints,
    stderr: '',
  })
})

test('the guides that another test reads are those of other programs', () => {
  expect(hasOwnTest('docs/reverse-proxy.md')).toBe(true)
  expect(GUIDES.filter(path => !hasOwnTest(path))).toEqual(
    expect.arrayContaining([
      'README.md',
      'docs/cron.md',
      'docs/moving-over.md',
      'docs/serve.md',
      'docs/spool.md',
    ]),
  )
})

test('.ci/run installs the programs that docs/testing.md lists', () => {
  const [, listed = ''] = /^apt-get install (.+)$/m.exec(read('docs/testing.md')) ?? []
  expect(listed).not.toBe('')
  for (const name of listed.split(' ')) expect(read('.ci/run')).toContain(`\n${name} `)
})

test('.ci/run runs the test command of the README', () => {
  const line = 'npm ci && npm test'
  expect(read('README.md')).toContain(`\`\`\`sh\n${line}\n\`\`\``)
  expect(read('.ci/run')).toContain(` sh -c '${line}' ||`)
})
