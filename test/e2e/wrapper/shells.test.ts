/** The launchers, and what starts the job, do the same with each shell that may be /bin/sh. */

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isExecutable, paths } from '../../support/run.ts'
import { type Comparison, openSandbox } from '../../support/sandbox.ts'
import { tempDir } from '../../support/temp.ts'

const sandbox = await openSandbox('shells')

const SHELLS: readonly (readonly string[])[] = [
  ['dash'],
  ['bash', '--posix'],
  ['busybox', 'sh'],
  ['yash'],
  ['mksh'],
  ['lksh'],
  ['ksh93'],
]

const find = (program: string) => String(spawnSync('sh', ['-c', `command -v ${program}`]).stdout).trim()
const hasBash = find('bash') !== ''

/** In a new mount namespace that has another shell as /bin/sh. */
function asSystemShell(program: string): string {
  const mount = `mount --bind '${program}' '${realpathSync('/bin/sh')}' && exec "$@"`
  return `exec unshare --mount bash -c ${quote(mount)} outer "$@"`
}

const canMount =
  hasBash && spawnSync('bash', ['-c', asSystemShell(find('cat')), 'outer', 'true']).status === 0

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

const ADDED = 'CRONITOR_EXEC|CRONITOR_METRICS|CRONITOR_MONITOR_KEY|CRONITOR_RUN_ID|CRONITOR_SERIES'
/** Leaves so few descriptors that neither Node.js nor the executable is started. */
const TOO_FEW = 'ulimit -n 30; for n in {8..23}; do eval "exec $n< /etc/passwd"; done'
const bash = (script: string) => ['bash', '-c', script]

/** What the job sees of its surroundings, and what it prints at once. */
const LOOK = [
  String.raw`printf '\377\000first bytes\n'; printf '\200err first\n' >&2`,
  'cat <&3; cat <&9; cat <&16',
  'for f in /proc/$$/fd/*; do n=${f##*/}; [ $n != 255 ] && [ -e $f ] && [ $n -gt 2 ] && echo $n; done',
  'ulimit -Sn; ulimit -Hn; grep ^Sig[IB] /proc/self/status',
  `LC_ALL=C tr '\\n\\0' ' \\n' < /proc/$$/environ | LC_ALL=C grep -vaE '^(${ADDED})=' | LC_ALL=C sort`,
  'cat; exit 7',
].join('; ')

const SET = [
  'echo three > f3; echo nine > f9; echo sixteen > f16; exec 3< f3 9< f9 16< f16',
  `ulimit -Sn 300; trap '' USR2 PIPE`,
  `export LINES2=$'a\\nb\\n' IFS=o QUOTE="it's \\"so\\"" NODE_OPTIONS=--no-such-option`,
].join('; ')
const ODD = `env a.b=1 'BASH_FUNC_x%%=() { echo f; }' 1st=2 _cx_node=1`

const UNMONITORED = /^cronitor-exec: [^\n]+; the job runs unmonitored\. [^\n]+\n$/

/** What may be in the place of the executable. */
const DAMAGES: readonly (readonly [string, (executable: string) => void])[] = [
  ['missing', () => {}],
  ['a folder', path => mkdirSync(path)],
  ['empty', path => writeFileSync(path, '', { mode: 0o755 })],
  ['not to be executed', path => writeFileSync(path, 'x', { mode: 0o644 })],
]

test.each(['cronitor', 'cronitor-exec', 'launch.sh'])('%s is ASCII, whatever the locale', name => {
  const text = readFileSync(join(paths.project, 'bin', name))
  expect(text.findIndex(byte => byte > 0x7e)).toBe(-1)
})

describe.each(SHELLS.map(words => [words.join(' '), words] as const))(
  '%s',
  (name, [program = '', ...rest]) => {
    const path = find(program)
    const missing = path === '' || !hasBash || process.platform !== 'linux'
    const why = missing ? `: no ${program}, or no bash` : ''
    const ways: readonly (readonly [string, boolean, Partial<Comparison>])[] = [
      ['reading the launcher', missing, { wrapper: [path, ...rest, paths.bin.exec] }],
      ['as /bin/sh', missing || !canMount, { around: `${asSystemShell(path)}` }],
    ]

    describe.each(ways)(`%s${why}`, (_way, skipped, { around = 'exec "$@"', ...way }) => {
      async function same(comparison: Partial<Comparison> & { job: readonly string[] }) {
        const { bare, wrapped, monitorKey } = await sandbox.compare({
          shell: 'bash',
          ...way,
          ...comparison,
          around: (comparison.around ?? 'exec "$@"').replace('exec "$@"', () => around),
        })
        expect(wrapped).toEqual(bare)
        sandbox.eventsOf(monitorKey)
        return bare
      }

      // yash has text in the place of bytes.
      const bytes = name === 'yash' ? '' : String.raw`\xff`

      test.skipIf(skipped).each(['C', 'C.UTF-8'])(
        'the job has its surroundings, and its output arrives from the first byte on, with LC_ALL=%s',
        async locale => {
          const odd = around.replace('exec ', () => `exec ${ODD} LC_ALL=${locale} `)
          const { bare, wrapped, monitorKey } = await sandbox.compare({
            shell: 'bash',
            ...way,
            around: `${SET}; export BYTES=$'a${bytes}'; ${odd}`,
            job: bash(LOOK),
            input: 'the input\n',
          })
          expect(wrapped).toEqual(bare)
          expect(bare.stdout).toContain('\xff\0first bytes\nthree\nnine\nsixteen\n')
          expect(bare.stdout).toMatch(/the input\n$/)
          expect(bare.stderr).toBe('\x80err first\n')
          expect(sandbox.eventsOf(monitorKey)[1].params.get('message')).toContain('first bytes')
        },
      )

      test.skipIf(skipped)('closed descriptors stay closed', async () => {
        const job = bash('read x; a=$?; echo x; b=$?; echo y >&2; exit $((a * 10 + b))')
        for (const closed of ['<&-', '>&-', '2>&-', '<&- >&- 2>&-']) {
          await same({ around: `exec "$@" ${closed}`, job })
        }
      })

      test.skipIf(skipped)('words of any bytes, and statuses of what cannot be run', async () => {
        await same({
          around: `set -- "$@" $'caf${bytes}\\n' ''; exec "$@"`,
          job: [...bash('printf "%s|" "$@"'), 'x'],
        })
        const plain = sandbox.newKey()
        const wrapper = way.wrapper ?? [paths.bin.exec]
        const missingJob = await sandbox.run([
          'bash',
          '-c',
          around,
          'outer',
          ...wrapper,
          plain,
          'no-such-command',
          'x',
        ])
        expect([missingJob.status, String(missingJob.stdout)]).toEqual([127, ''])
        const argv = [
          'bash',
          '-c',
          `${TOO_FEW}; ${around}`,
          'outer',
          ...wrapper,
          'a-key',
          'no-such-command',
          'x',
        ]
        const unmonitored = await sandbox.run(argv)
        expect([unmonitored.status, String(unmonitored.stdout)]).toEqual([127, ''])
        expect(String(unmonitored.stderr).match(/runs unmonitored/g)).toHaveLength(1)
      })

      test.skipIf(skipped)(
        'if too few files may be open, the job runs unmonitored, after one line',
        async () => {
          const wrapper = way.wrapper ?? [paths.bin.exec]
          const limit = `${TOO_FEW}; ${around}`
          for (const job of [bash('echo ran; exit 7'), ['echo ran; exit 7']]) {
            const result = await sandbox.run([
              'bash',
              '-c',
              limit,
              'outer',
              ...wrapper,
              'a-key',
              '--',
              ...job,
            ])
            expect([result.status, String(result.stdout)]).toEqual([7, 'ran\n'])
            expect(String(result.stderr)).toMatch(UNMONITORED)
            expect(String(result.stderr)).toContain('30 files')
          }
        },
      )

      test.skipIf(skipped || !isExecutable)(
        'if the executable beside the launcher cannot be started, the job runs unmonitored, after one line (skipped for bin/: launcher.test.ts)',
        async () => {
          const folder = tempDir('damaged')
          const launcher = join(folder, 'cronitor-exec')
          copyFileSync(paths.bin.exec, launcher)
          const wrapper = [...(way.wrapper?.slice(0, -1) ?? []), launcher]
          for (const [what, damage] of DAMAGES) {
            damage(join(folder, 'cronitor'))
            for (const job of [bash('cat; echo ran; exit 7'), ['cat; echo ran; exit 7']]) {
              const argv = ['bash', '-c', around, 'outer', ...wrapper, 'a-key', '--', ...job]
              const result = await sandbox.run(argv, { input: 'input\n' })
              expect([what, result.status, String(result.stdout)]).toEqual([what, 7, 'input\nran\n'])
              expect([what, String(result.stderr)]).toEqual([what, expect.stringMatching(UNMONITORED)])
            }
            rmSync(join(folder, 'cronitor'), { recursive: true, force: true })
          }
        },
      )

      test.skipIf(skipped)('a missing key is a wrong command line', async () => {
        const wrapper = way.wrapper ?? [paths.bin.exec]
        const { status } = await sandbox.run(['bash', '-c', around, 'outer', ...wrapper, '--env', 'x'])
        expect([name, status]).toEqual([name, 125])
      })
    })
  },
)
