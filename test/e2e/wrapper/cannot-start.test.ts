/** A Node.js that is new enough and cannot start here: the job runs all the same, unmonitored if there is no other way. */

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { installationInto, nodeThrough } from '../../support/installation.ts'
import { isRoot, whyNoUser } from '../../support/other-user.ts'
import { paths, type RunOptions } from '../../support/run.ts'
import { openSandbox } from '../../support/sandbox.ts'
import { tempDir } from '../../support/temp.ts'

const sandbox = await openSandbox('cannot-start')
const linux = process.platform === 'linux'
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
const JOB = ['sh', '-c', 'echo ran; exit 7']
const UNMONITORED = /^cronitor-exec: [^\n]+; the job runs unmonitored\. [^\n]+\n$/

/** Finds no Node.js in a usual place: the machine may have one there. */
function installationAlone(): string {
  const above = tempDir('alone')
  chmodSync(above, 0o755)
  const installation = installationInto(join(above, 'cronitor-exec'))
  const launcher = join(installation, 'bin/launch.sh')
  const text = readFileSync(launcher, 'utf8')
  const usual = / \$PATH \/usr\/local\/bin \/usr\/bin [^;]+(?=; do)/
  expect(text).toMatch(usual)
  writeFileSync(launcher, text.replace(usual, ''))
  return installation
}

const installation = installationAlone()
const exec = join(installation, 'bin/cronitor-exec')

/** Once it has run well, this installation has a note of its Node.js. */
async function runWell(env: Record<string, string | undefined> = {}): Promise<void> {
  const key = sandbox.newKey()
  const result = await sandbox.run([exec, key, ...JOB], { env })
  expect([result.status, String(result.stdout), String(result.stderr)]).toEqual([7, 'ran\n', ''])
  sandbox.eventsOf(key)
}
await runWell()

async function expectUnmonitored(argv: readonly string[], options: RunOptions, says: RegExp): Promise<void> {
  const before = sandbox.api.events().length
  const result = await sandbox.run(argv, options)
  expect([result.status, String(result.stdout)]).toEqual([7, 'ran\n'])
  expect(String(result.stderr)).toMatch(UNMONITORED)
  expect(String(result.stderr)).toMatch(says)
  expect(sandbox.api.events().length).toBe(before)
}

function program(text: string): string {
  const node = join(tempDir('node'), 'node')
  writeFileSync(node, text, { mode: 0o755 })
  return node
}

describe('a Node.js runs nothing and counts as none', () => {
  /** As `file` says of it: ELF, 64 bits, for AArch64, and nothing behind its first header. */
  const elsewhere = `\x7fELF\x02\x01\x01${'\0'.repeat(9)}\x02\0\xb7\0\x01\0\0\0`
  test.each([
    [
      'says its version and aborts',
      '#!/bin/sh\n[ "$1" = --version ] && { echo v22.1.0; exit; }\nexit 134\n',
      /134/,
    ],
    [
      'says its version and dies',
      '#!/bin/sh\n[ "$1" = --version ] && { echo v22.1.0; exit; }\nkill -SEGV $$\n',
      /139/,
    ],
    ['says its version whatever it is asked', '#!/bin/sh\necho v99.0.0\n', /status 0/],
    ['starts and says nothing', '#!/bin/sh\nexit 0\n', /status 0/],
    ['has no interpreter', '#!/no/such/interpreter\n', /12[67]/],
    ['is made for another machine', elsewhere, /ends with status/],
  ])('if it %s', async (_how, text, says) => {
    const node = program('')
    writeFileSync(node, text, 'latin1')
    await expectUnmonitored([exec, 'a-key', ...JOB], { env: { CRONITOR_NODE: node } }, says)
  })

  test.skipIf(!has('timeout'))('if it hangs', async () => {
    const node = program("#!/bin/sh\ntrap '' TERM\nsleep 100\n")
    // In the place of the half minute that a busy machine may need.
    const launcher = join(installation, 'bin/launch.sh')
    const text = readFileSync(launcher, 'utf8')
    writeFileSync(launcher, text.replace('_cx_seconds=30', '_cx_seconds=1'))
    await expectUnmonitored([exec, 'a-key', ...JOB], { env: { CRONITOR_NODE: node } }, /status 137/)
    writeFileSync(launcher, text)
  })
})

describe('a Node.js without an inspector', () => {
  test('is started without the flags for it, and noted so', async () => {
    const script = 'for word; do case $word in --inspect*) echo "bad option: $word" >&2; exit 9 ;; esac; done'
    const node = nodeThrough(tempDir('plain'), script)
    for (let runs = 0; runs < 2; runs += 1) await runWell({ CRONITOR_NODE: node })
    expect(readFileSync(join(installation, 'dist/code/nodes'), 'utf8')).toContain(` plain ${node}\n`)
  })
})

describe('the note of a Node.js', () => {
  // There is none if the machine has one in the cache of root's runs.
  const note = () => {
    const notes = join(installation, 'dist/code/nodes')
    return existsSync(notes) ? readFileSync(notes, 'utf8') : ''
  }

  test('has what the launcher found, whatever runs without the launcher', async () => {
    const node = nodeThrough(tempDir('direct'), '')
    await runWell({ CRONITOR_NODE: node })
    const before = note()
    const program = join(installation, 'bin/cronitor-exec.js')
    for (const file of readdirSync(join(installation, 'dist/code'))) {
      if (file !== 'nodes') rmSync(join(installation, 'dist/code', file))
    }
    const key = sandbox.newKey()
    expect((await sandbox.run([node, program, key, ...JOB])).status).toBe(7)
    sandbox.eventsOf(key)
    expect(readdirSync(join(installation, 'dist/code')).length).toBeGreaterThan(1)
    expect(note()).toBe(before)
  })

  test('is left alone if it is no file, and not read on and on', async () => {
    const notes = join(installation, 'dist/code/nodes')
    const others: (() => void)[] = [
      () => spawnSync('mkfifo', [notes]),
      () => symlinkSync('/dev/zero', notes),
      () => writeFileSync(notes, 'v99.0.0 inspector /none\n'.repeat(1_000_000)),
    ]
    for (const make of others) {
      rmSync(notes, { force: true })
      make()
      await runWell()
    }
    rmSync(notes, { force: true })
    await runWell()
  })

  test('is not made of one that a program in between has started under another name', async () => {
    const node = nodeThrough(tempDir('between'), '')
    const between = program(`#!/bin/sh\nexec '${node}' "$@"\n`)
    await runWell({ CRONITOR_NODE: between })
    expect(note()).not.toContain(` ${node}\n`)
    expect(note()).not.toContain(` ${between}\n`)
  })
})

describe('a noted Node.js is tried anew', () => {
  /** A Node.js that counts how often it is tried, in a folder that stays as old as it is. */
  function countedNode() {
    const tries = join(tempDir('tries'), 'tries')
    const folder = tempDir('counted')
    const node = nodeThrough(folder, `[[ "$*" != *try.js* ]] || echo tried >> '${tries}'`)
    return { node, folder, count: () => readFileSync(tries, 'utf8').split('\n').length - 1 }
  }

  test.each<[string, (node: string, folder: string) => void]>([
    [
      'if a library that it had loaded is gone',
      node => {
        const notes = join(installation, 'dist/code/nodes')
        const text = readFileSync(notes, 'utf8')
        writeFileSync(notes, text.replace(` ${node}\n`, ` ${node}\n/no/such/library.so.1\n`))
      },
    ],
    [
      'if it was replaced by one with an older date, as packages do',
      (node, folder) => {
        const text = readFileSync(node, 'utf8')
        const other = join(folder, 'other')
        writeFileSync(other, text, { mode: 0o755 })
        utimesSync(other, new Date('2001-01-01'), new Date('2001-01-01'))
        renameSync(other, node)
        const soon = new Date(Date.now() + 60_000)
        utimesSync(folder, soon, soon)
      },
    ],
  ])('%s', async (_how, change) => {
    const { node, folder, count } = countedNode()
    await runWell({ CRONITOR_NODE: node })
    await runWell({ CRONITOR_NODE: node })
    expect(count()).toBe(1)
    change(node, folder)
    await runWell({ CRONITOR_NODE: node })
    expect(count()).toBe(2)
  })

  test('if a link on the way to it leads elsewhere', async () => {
    const [one, other] = [countedNode(), countedNode()]
    const link = join(tempDir('link'), 'current')
    symlinkSync(one.folder, link)
    const node = join(link, 'node')
    await runWell({ CRONITOR_NODE: node })
    await runWell({ CRONITOR_NODE: node })
    expect(one.count()).toBe(1)
    symlinkSync(other.folder, `${link}.new`)
    renameSync(`${link}.new`, link)
    await runWell({ CRONITOR_NODE: node })
    expect(other.count()).toBe(1)
  })
})

describe.skipIf(!linux)('libraries that are not for Node.js', () => {
  const foreign = tempDir('foreign')
  writeFileSync(join(foreign, 'libstdc++.so.6'), 'no library')

  test('are the job’s alone if Node.js does not start with them, and the run is monitored', async () => {
    for (const name of ['LD_LIBRARY_PATH', 'NODE_OPTIONS']) {
      const key = sandbox.newKey()
      const env = { LD_LIBRARY_PATH: foreign, NODE_OPTIONS: '--no-such-option' }
      const result = await sandbox.run([exec, key, 'sh', '-c', `printenv ${name}; exit 7`], { env })
      expect([result.status, String(result.stdout)]).toEqual([7, `${env[name as keyof typeof env]}\n`])
      expect(String(result.stderr)).toBe('')
      sandbox.eventsOf(key)
    }
  })

  test('are the wrapper’s as well if it starts with them', async () => {
    const key = sandbox.newKey()
    const env = { LD_LIBRARY_PATH: '/no/such/folder' }
    const job = ['sh', '-c', 'tr "\\0" "\\n" < /proc/$PPID/environ | grep ^LD_; printenv LD_LIBRARY_PATH']
    const result = await sandbox.run([exec, key, ...job], { env })
    expect(String(result.stdout)).toBe('LD_LIBRARY_PATH=/no/such/folder\n/no/such/folder\n')
    sandbox.eventsOf(key)
  })

  test('do not stop a ping either', async () => {
    const env = { LD_LIBRARY_PATH: foreign }
    const key = sandbox.newKey()
    const result = await sandbox.run([join(installation, 'bin/cronitor'), 'ping', key, '--run'], { env })
    expect([result.status, String(result.stderr)]).toEqual([0, ''])
  })
})

describe.skipIf(!linux || !has('bash'))('limits under which Node.js does not start', () => {
  test.each([
    ['-v 600000', /ulimit -v 600000/],
    ['-d 20000', /ulimit -d 20000/],
    ['-n 20', /20 files/],
    ['-n 16', /16 files/],
    ['-s 24', /ulimit -s 24/],
  ])('ulimit %s', async (limit, says) => {
    const argv = ['bash', '-c', `ulimit ${limit}; exec "$@"`, 'outer', exec, 'a-key', ...JOB]
    await expectUnmonitored(argv, {}, says)
  })

  test('inherited descriptors count', async () => {
    const open = 'for n in {20..50}; do eval "exec $n< /dev/null"; done; ulimit -n 70; exec "$@"'
    await expectUnmonitored(['bash', '-c', open, 'outer', exec, 'a-key', ...JOB], {}, /70 files/)
  })

  /** A user who has no other process. */
  const nobody = ['setpriv', '--reuid=64999', '--regid=64999', '--clear-groups', '--']
  test.skipIf(!isRoot || whyNoUser() !== undefined || !has('prlimit')).each([1, 2, 3, 7, 9, 12])(
    'ulimit -u %i',
    async processes => {
      const argv = [...nobody, 'prlimit', `--nproc=${processes}`, exec, 'a-key', '--', '/bin/echo', 'ran']
      const result = await sandbox.run(argv, { env: { HOME: '/nonexistent' } })
      expect([result.status, String(result.stdout)]).toEqual([0, 'ran\n'])
      expect(String(result.stderr)).toMatch(UNMONITORED)
    },
  )
})

describe.skipIf(!isRoot || whyNoUser() !== undefined || !has('prlimit'))(
  'limits that are reached once Node.js runs',
  () => {
    const user = ['setpriv', '--reuid=64999', '--regid=64999', '--clear-groups', '--']
    const canBecome = spawnSync(paths.node, ['-p', 'typeof process.execve']).stdout.includes('function')

    /** A Node.js that reaches such a limit as it starts the job. */
    function limited(limit: string): string {
      const folder = tempDir('limited')
      chmodSync(folder, 0o755)
      const hook = join(folder, 'hook.cjs')
      writeFileSync(
        hook,
        `const childProcess = require('node:child_process')
        const { spawn, execFileSync } = childProcess
        let isReached = false
        childProcess.spawn = (...call) => {
          if (!isReached) execFileSync('prlimit', ['--pid', String(process.pid), '${limit}'], { stdio: 'ignore' })
          isReached = true
          return spawn(...call)
        }
        require('node:module').syncBuiltinESMExports()`,
      )
      return nodeThrough(folder, `[[ "$*" == *try.js* ]] || options=(--require '${hook}')`)
    }

    test.each([
      ['processes', '--nproc=1', /EAGAIN.* See ulimit -u\.\n$/],
      ['open files', '--nofile=8', /EMFILE/],
    ])(
      '%s: the job runs instead of Node.js, or a line says why it does not run',
      async (_what, limit, says) => {
        for (const flags of [[], ['--no-output']]) {
          const argv = [...user, exec, ...flags, 'a-key', 'sh', '-c', 'echo "$A"; exit 7']
          const env = {
            HOME: '/nonexistent',
            CRONITOR_NODE: limited(limit),
            A: 'ran',
            CRONITOR_NO_SPOOL: '1',
          }
          const result = await sandbox.run(argv, { cwd: '/', env })
          const expected = canBecome ? [7, 'ran\n'] : [126, '']
          expect([result.status, String(result.stdout)]).toEqual(expected)
          expect(String(result.stderr)).toMatch(says)
          if (canBecome) expect(String(result.stderr)).toMatch(UNMONITORED)
        }
      },
    )
  },
)

test.skipIf(!isRoot || !has('unshare'))(
  'without /proc the run is monitored, and the job has its environment',
  async () => {
    const key = sandbox.newKey()
    const job = ['sh', '-c', 'printenv NODE_OPTIONS; env | grep -c _CRONITOR; echo out; echo err >&2; exit 7']
    const argv = ['unshare', '--mount', 'sh', '-c', 'umount -l /proc; exec "$@"', 'outer', exec, key, ...job]
    const result = await sandbox.run(argv, { env: { NODE_OPTIONS: '--no-such-option' } })
    expect([result.status, String(result.stdout), String(result.stderr)]).toEqual([
      7,
      '--no-such-option\n0\nout\n',
      'err\n',
    ])
    expect(sandbox.eventsOf(key)[1].params.get('message')).toContain('out')
  },
)

describe.skipIf(!isRoot || whyNoUser() !== undefined)('an installation that a user may read in part', () => {
  test.each(['dist/exec.cjs', 'bin/cronitor-exec.js', 'bin/launch.sh'])('%s', async file => {
    const partly = installationAlone()
    chmodSync(join(partly, file), 0o600)
    const argv = ['setpriv', '--reuid=64999', '--regid=64999', '--clear-groups', '--']
    const options = { env: { HOME: '/nonexistent' } }
    await expectUnmonitored([...argv, join(partly, 'bin/cronitor-exec'), 'a-key', ...JOB], options, /damaged/)
  })
})

describe('an unmonitored run', () => {
  const options = (env: Record<string, string> = {}) => ({
    env: { CRONITOR_NODE: program('#!/bin/sh\n'), ...env },
  })

  const refusing = tempDir('refusing')
  for (const name of ['nologin', 'false']) {
    writeFileSync(join(refusing, name), '#!/bin/sh\necho refused\nexit 1\n', { mode: 0o755 })
  }

  test.each([`${refusing}/nologin`, `${refusing}/false`, 'sh', './nologin', '', '/no/such/shell', '/etc'])(
    'takes /bin/sh for a command line if SHELL is %j',
    async SHELL => {
      await expectUnmonitored(
        [exec, 'a-key', 'echo ran; exit 7'],
        { ...options({ SHELL }), cwd: refusing },
        /./,
      )
    },
  )

  test('takes no shell that the monitored run would not take', () => {
    const lists = (
      [
        ['src/job/command.ts', /SAYS_NO =\s+\/\\\/\(([^)]*)\)/],
        ['bin/launch.sh', /\*\/(nologin \|[^)]*)\) continue/],
      ] as const
    ).map(([file, list]) => {
      const [, names = ''] = list.exec(readFileSync(join(paths.project, file), 'utf8')) ?? []
      return names.split('|').map(name => name.replace(/[\s\\*/]/g, ''))
    })
    expect(lists[0]).toContain('git-shell')
    expect(lists[1]).toEqual(lists[0])
  })

  test.each(['\x1b[31mred', 'line\nend', 'tab\t', '\u202eright to left', 'back\\nslash'])(
    'shows no path that a terminal would take for more than text: %j',
    async name => {
      const node = join(tempDir('odd'), name)
      writeFileSync(node, '#!/bin/sh\nexit 3\n', { mode: 0o755 })
      const says = /\(CRONITOR_NODE ends with status 3\)/
      await expectUnmonitored([exec, 'a-key', ...JOB], { env: { CRONITOR_NODE: node } }, says)
    },
  )

  test('uses the given shell', async () => {
    mkdirSync(join(refusing, 'good'))
    const shell = join(refusing, 'good/shell')
    writeFileSync(shell, '#!/bin/sh\n[ "$1 $2" = "-c a b" ] && echo ran\nexit 7\n', { mode: 0o755 })
    await expectUnmonitored([exec, '--shell', shell, 'a-key', '--', 'a b'], options(), /./)
    await expectUnmonitored([exec, `--shell=${shell}`, 'a-key', '--', 'a b'], options(), /./)
    await expectUnmonitored([exec, 'a-key', 'a b'], options({ CRONITOR_SHELL: shell }), /./)
    await expectUnmonitored([exec, 'a-key', 'a b'], options({ SHELL: shell }), /./)
  })

  test('sets the variables in front of the command', async () => {
    const job = ['A=ran', 'B= b', 'sh', '-c', 'echo "$A"; [ "$B" = " b" ] && exit 7']
    await expectUnmonitored([exec, 'a-key', ...job], options(), /./)
    const result = await sandbox.run([exec, 'a-key', 'A=1', 'B=2'], options())
    expect([result.status, String(result.stderr)]).toEqual([125, expect.stringMatching(/nothing was done/)])
  })
})

describe.skipIf(!linux)('much that is handed on', () => {
  // A quarter of a stack of 8 MB holds arguments, environment, and a pointer to each.
  const big = Array.from({ length: 14 }, () => 'y'.repeat(100_000))
  const around = `ulimit -s 8192; big="$(head -c 100000 /dev/zero | tr '\\0' x)"; exec env A="$big" B="$big" C="$big" a.b=1 "D.=$big" "$@"`

  test.skipIf(!has('bash'))('1.4 MB of arguments with 400 kB of environment', async () => {
    const job = [
      'bash',
      '-c',
      'echo $#; tr "\\0" "\\n" < /proc/$$/environ | grep -v ^CRONITOR_ | sort | cksum',
      'job',
    ]
    const { bare, wrapped, monitorKey } = await sandbox.compare({
      shell: 'bash',
      around,
      job: [...job, ...big],
    })
    expect(wrapped).toEqual(bare)
    expect(bare.stdout).toMatch(/^14\n/)
    sandbox.eventsOf(monitorKey)
  })

  test.skipIf(!has('bash'))('runs unmonitored if there is no room for Node.js', async () => {
    // As much as there is room for, less than a kilobyte.
    const fill = `size=1500000; step=400000
      while [ $step -gt 100 ]; do
        more="$(head -c 100000 /dev/zero | tr '\\0' x)"; set --
        n=$((size + step)); while [ $n -gt 100000 ]; do set -- "$@" "$more"; n=$((n - 100000)); done
        if /bin/true "$@" "\${more:0:n}" 2>/dev/null; then size=$((size + step)); fi; step=$((step / 2))
      done`
    const script = `ulimit -s 8192; job=("$@"); ${fill}
      n=$((size - 600)); set --; while [ $n -gt 100000 ]; do set -- "$@" "$more"; n=$((n - 100000)); done
      exec "\${job[@]}" "$@" "\${more:0:n}"`
    const argv = ['bash', '-c', script, 'outer', exec, 'a-key', '--', ...JOB]
    await expectUnmonitored(argv, {}, /arguments and environment/)
  })
})
