/** The counterpart of cannot-start.test.ts: if the executable cannot start here, its launcher runs the job unmonitored. */

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isRoot, whyNoUser } from '../../support/other-user.ts'
import { isExecutable, paths, type RunOptions } from '../../support/run.ts'
import { openSandbox } from '../../support/sandbox.ts'
import { tempDir } from '../../support/temp.ts'

const sandbox = await openSandbox('executable-cannot-start')
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
const why = isExecutable ? '' : ' (skipped: cannot-start.test.ts tests bin/)'
const skipped = !isExecutable || process.platform !== 'linux' || !has('bash')
const JOB = ['sh', '-c', 'echo ran; exit 7']
const UNMONITORED = /^cronitor-exec: [^\n]+; the job runs unmonitored\. [^\n]+\n$/
const NOTHING_DONE = /^cronitor-exec: [^\n]+, nothing was done\. [^\n]+\n$/

async function expectUnmonitored(argv: readonly string[], options: RunOptions, says: RegExp): Promise<void> {
  const before = sandbox.api.events().length
  const result = await sandbox.run(argv, options)
  expect([result.status, String(result.stdout)]).toEqual([7, 'ran\n'])
  expect(String(result.stderr)).toMatch(UNMONITORED)
  expect(String(result.stderr)).toMatch(says)
  expect(sandbox.api.events().length).toBe(before)
}

describe.skipIf(skipped)(`limits under which the executable does not start${why}`, () => {
  test.each([
    ['-d 20000', /ulimit -d 20000/],
    ['-n 15', /15 files/],
    ['-s 24', /ulimit -s 24/],
  ])('ulimit %s', async (limit, says) => {
    const argv = ['bash', '-c', `ulimit ${limit}; exec "$@"`, 'outer', paths.bin.exec, 'a-key', ...JOB]
    await expectUnmonitored(argv, {}, says)
  })

  test('16 open files are enough if none is inherited', async () => {
    const key = sandbox.newKey()
    const close = 'for n in {3..255}; do eval "exec $n<&-"; done; ulimit -n 16; exec "$@"'
    const result = await sandbox.run(['bash', '-c', close, 'outer', paths.bin.exec, key, ...JOB])
    expect([result.status, String(result.stdout), String(result.stderr)]).toEqual([7, 'ran\n', ''])
    sandbox.eventsOf(key)
  })

  test('inherited descriptors count', async () => {
    const open = 'for n in {20..60}; do eval "exec $n< /dev/null"; done; ulimit -n 55; exec "$@"'
    await expectUnmonitored(['bash', '-c', open, 'outer', paths.bin.exec, 'a-key', ...JOB], {}, /55 files/)
  })

  test('ulimit -v 600000 is none of them', async () => {
    const key = sandbox.newKey()
    const argv = ['bash', '-c', 'ulimit -v 600000; exec "$@"', 'outer', paths.bin.exec, key, ...JOB]
    const result = await sandbox.run(argv)
    expect([result.status, String(result.stdout), String(result.stderr)]).toEqual([7, 'ran\n', ''])
    sandbox.eventsOf(key)
  })

  /** A user who has no other process. */
  const nobody = ['setpriv', '--reuid=64998', '--regid=64998', '--clear-groups', '--']
  test.skipIf(!isRoot || whyNoUser() !== undefined || !has('prlimit')).each([1, 2, 3, 7, 9])(
    'ulimit -u %i',
    async processes => {
      const argv = [...nobody, 'prlimit', `--nproc=${processes}`, paths.bin.exec, 'a-key', '/bin/echo', 'ran']
      const result = await sandbox.run(argv, { env: { HOME: '/nonexistent' } })
      expect([result.status, String(result.stdout)]).toEqual([0, 'ran\n'])
      expect(String(result.stderr)).toMatch(UNMONITORED)
    },
  )
})

test.skipIf(skipped)(
  `libraries with which the executable does not start are the job’s alone, and the run is monitored${why}`,
  async () => {
    const foreign = tempDir('foreign')
    // The executable loads it, and the job's shell does not.
    writeFileSync(join(foreign, 'libpthread.so.0'), 'no library')
    const key = sandbox.newKey()
    const env = { LD_LIBRARY_PATH: foreign }
    const result = await sandbox.run([paths.bin.exec, key, 'sh', '-c', 'echo "$LD_LIBRARY_PATH"; exit 7'], {
      env,
    })
    expect([result.status, String(result.stdout), String(result.stderr)]).toEqual([7, `${foreign}\n`, ''])
    sandbox.eventsOf(key)
  },
)

describe.skipIf(skipped)(`an executable that is not whole, or not for this system${why}`, () => {
  const folder = tempDir('broken')
  const exec = join(folder, 'cronitor-exec')
  const executable = join(folder, 'cronitor')
  const whole = isExecutable ? readFileSync(paths.bin.cronitor) : Buffer.alloc(0)
  if (isExecutable) copyFileSync(paths.bin.exec, exec)

  /** Another text of the same length in the place of the first one. */
  function changed(from: string, to: string): Buffer {
    const copy = Buffer.from(whole)
    copy.write(to, copy.indexOf(from), 'latin1')
    return copy
  }
  function otherProcessor(): Buffer {
    const copy = Buffer.from(whole)
    // e_machine, elf(5): IBM S/390.
    copy.writeUInt16LE(22, 18)
    return copy
  }

  const SHELLS = ['dash', 'bash', 'busybox', 'mksh', 'ksh93', 'yash'].filter(has)
  test.each([
    ['cut off in its code', () => whole.subarray(0, 20_000_000)],
    ['cut off at its end', () => whole.subarray(0, whole.length - 500_000)],
    ['for another processor', otherProcessor],
    ['for another C library', () => changed('/lib64/ld-linux', '/lib64/no-linux')],
  ])('%s: the job runs unmonitored in every shell', { timeout: 180_000 }, async (_what, content) => {
    writeFileSync(executable, content(), { mode: 0o755 })
    for (const shell of SHELLS) {
      const argv = [...(shell === 'busybox' ? ['busybox', 'sh'] : [shell]), exec, 'a-key', ...JOB]
      await expectUnmonitored(argv, {}, /for the first time since it was installed/)
    }
  })

  test('one that has started once is not tried again, until it is replaced', async () => {
    copyFileSync(paths.bin.cronitor, executable)
    const run = async () => {
      const key = sandbox.newKey()
      const result = await sandbox.run([exec, key, ...JOB])
      expect([result.status, String(result.stdout), String(result.stderr)]).toEqual([7, 'ran\n', ''])
      sandbox.eventsOf(key)
    }
    const note = join(sandbox.home, '.cache/cronitor', `started${executable.replaceAll('/', '%')}`)
    await run()
    const { mtimeMs } = statSync(note)
    await run()
    expect(statSync(note).mtimeMs).toBe(mtimeMs)
    const later = new Date(mtimeMs + 1000)
    utimesSync(executable, later, later)
    await run()
    expect(statSync(note).mtimeMs).toBeGreaterThan(mtimeMs)
  })
})

describe.skipIf(skipped)(`a launcher without its executable${why}`, () => {
  const folder = tempDir('alone')
  const exec = join(folder, 'cronitor-exec')
  if (isExecutable) copyFileSync(paths.bin.exec, exec)

  test.each([
    ['the key comes first', ['a-key']],
    ['the key comes first, then --', ['a-key', '--']],
    ['options are followed by the key and --', ['--env', 'prod', '--no-output', 'a-key', '--']],
    ['-- comes before the key', ['--', 'a-key']],
  ])('runs the job if %s', async (_where, words) => {
    await expectUnmonitored([exec, ...words, ...JOB], {}, /damaged/)
  })

  test.each([
    ['there are no arguments', []],
    ['there is a key alone', ['a-key']],
    ['an option comes first and there is no --', ['--env', 'prod', 'a-key', 'touch', 'ran']],
  ])('does nothing if %s', async (_where, words) => {
    const result = await sandbox.run([exec, ...words])
    expect([result.status, String(result.stdout)]).toEqual([125, ''])
    expect(String(result.stderr)).toMatch(NOTHING_DONE)
    expect(readdirSync(sandbox.home)).not.toContain('ran')
  })

  test('hands on stdin, the environment, and a death by a signal', async () => {
    const job = ['sh', '-c', 'cat; env | grep -E "^_c?[cC]"; echo "$NODE_OPTIONS $BUN_X"; kill -TERM $$']
    const argv = ['/bin/sh', '-c', '"$@"; echo "status $?"', 'outer', exec, 'a-key', ...job]
    const env = { NODE_OPTIONS: '--no-such-option', BUN_X: 'y' }
    const result = await sandbox.run(argv, { env, input: 'input\n' })
    expect(String(result.stdout)).toBe('input\n--no-such-option y\nstatus 143\n')
  })

  test.skipIf(!isRoot || whyNoUser() !== undefined)('does so if the user may not run it', async () => {
    chmodSync(folder, 0o755)
    writeFileSync(join(folder, 'cronitor'), 'x', { mode: 0o700 })
    const user = ['setpriv', '--reuid=64998', '--regid=64998', '--clear-groups', '--']
    await expectUnmonitored([...user, exec, 'a-key', ...JOB], { env: { HOME: '/nonexistent' } }, /damaged/)
  })
})
