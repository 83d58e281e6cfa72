/** --quiet-success: what a job prints is shown only if it fails. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeJobControl } from '../../../support/job-control.ts'
import { paths } from '../../../support/run.ts'
import { openSandbox, seen } from '../../../support/sandbox.ts'
import { whyNoMount } from '../../../support/why-no-mount.ts'

const UP = 'touch "$HOME/up"; echo up'
const UNTIL_TOLD = 'while ! [ -e "$HOME/stop" ]; do sleep 0.02; done'

describeJobControl({
  flags: ['--quiet-success'],
  cells: {
    success: { seen: { stdout: '', stderr: '' } },
    'signal to the wrapper': { job: `${UP}; exec sleep 60` },
    'kill -9 of the wrapper': { job: `${UP}; ${UNTIL_TOLD}`, seen: { stdout: '' } },
    'job that ignores TERM': { job: `trap '' TERM; ${UP}; ${UNTIL_TOLD}`, seen: { stdout: '' } },
    'job that forks a daemon by setsid': { seen: { stdout: '' } },
    // What is held cannot be written once the job has ended, so that its status stands.
    'output closed early': {
      job: 'for i in $(seq 20000); do echo line $i; done; exit 9',
      seen: { end: 'status 9', events: ['run', 'fail 9: exit status 9'] },
    },
    terminal: {
      job: `${UP}; read line; echo "got $line" >/dev/tty; exec sleep 60`,
      seen: { stdout: /hello\ngot hello\n\^C(up\n)?/ },
    },
  },
})

const sandbox = await openSandbox('quiet')
const quiet = (job: readonly string[], ...flags: string[]) => [
  paths.bin.exec,
  '--quiet-success',
  ...flags,
  sandbox.newKey(),
  ...job,
]

const hasChronic = existsSync('/usr/bin/chronic')

describe.skipIf(!hasChronic)(`beside chronic${hasChronic ? '' : ' (needs moreutils)'}`, () => {
  test.each([
    ['nothing', 'exit 2'],
    ['both streams', 'echo out; echo err >&2; echo out2; exit 1'],
    ['no line break at the end', 'printf out; printf err >&2; exit 9'],
    ['bytes that are not text', 'head -c 300000 /dev/zero; printf "\\377\\000\\r\\n\\033[31m" >&2; exit 1'],
    ['many short lines', 'seq 100000; seq 50000 >&2; exit 5'],
    ['a success', 'echo out; echo err >&2'],
    ['a signal', 'echo out; kill -TERM $$'],
  ])('a job that prints %s: the same bytes', async (_name, script) => {
    const job = ['sh', '-c', script]
    const chronic = await sandbox.run(['/usr/bin/chronic', ...job])
    const wrapped = await sandbox.run(quiet(job))
    expect(wrapped.stdout.equals(chronic.stdout)).toBe(true)
    expect(wrapped.stderr.equals(chronic.stderr)).toBe(true)
    // chronic exits with 1 if a signal ended the job.
    expect(wrapped.status ?? 1).toBe(chronic.status)
  })
})

test('both streams into one file keep their order', async () => {
  const file = join(sandbox.home, 'both')
  const script = 'for i in $(seq 2000); do echo out $i; echo err $i >&2; done; exit 1'
  const outer = 'exec "$@" > both 2>&1'
  const result = await sandbox.run(['sh', '-c', outer, 'outer', ...quiet(['sh', '-c', script])])
  expect(result.status).toBe(1)
  const lines = Array.from({ length: 2000 }, (_, index) => `out ${index + 1}\nerr ${index + 1}\n`)
  expect(readFileSync(file, 'latin1')).toBe(lines.join(''))
})

test('beyond the memory, the output is in a file without a name', async () => {
  const folder = join(sandbox.home, 'tmp')
  mkdirSync(folder)
  const script = 'seq 300000; ls -lR "$TMPDIR" /proc/$PPID/fd | grep output >&2; seq 300000; exit 1'
  const result = await sandbox.run(quiet(['sh', '-c', script], '--buffer-size', '64k'), {
    env: { TMPDIR: folder },
  })
  const numbers = Array.from({ length: 300_000 }, (_, index) => `${index + 1}\n`).join('')
  expect(String(result.stdout) === numbers + numbers).toBe(true)
  expect(String(result.stderr)).toMatch(/^\S+ .* -> \S+\/tmp\/cronitor-\w+\/output \(deleted\)\n$/)
  expect(readdirSync(folder)).toEqual([])
})

test('1 GiB of output takes less than 100 MB of memory', async () => {
  const script = 'head -c 1073741824 /dev/zero; grep VmHWM /proc/$PPID/status >&2; exit 1'
  let bytes = 0
  const result = await sandbox.run(quiet(['sh', '-c', script]), {
    onStdout: chunk => {
      bytes += chunk.length
    },
    timeoutMs: 280_000,
  })
  expect([result.status, bytes]).toEqual([1, 2 ** 30])
  const [, kilobytes = ''] = /^VmHWM:\s+(\d+) kB\n$/.exec(String(result.stderr)) ?? []
  expect(Number(kilobytes)).toBeGreaterThan(1000)
  expect(Number(kilobytes)).toBeLessThan(100_000_000 / 1024)
}, 300_000)

test('a success is silent while a background process prints on, and does not end it', async () => {
  const file = join(sandbox.home, 'survived')
  const script = `echo out; (sleep 1; echo late; echo late; touch ${file}) &`
  const result = await sandbox.run(quiet(['sh', '-c', script]))
  expect(seen(result)).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
  await expect.poll(() => existsSync(file), { timeout: 180_000 }).toBe(true)
})

test('after a failure, what a background process prints later is shown', async () => {
  const script = 'echo out; (sleep 1; echo late) & exit 4'
  expect(seen(await sandbox.run(quiet(['sh', '-c', script])))).toEqual({
    status: 4,
    signal: null,
    stdout: 'out\nlate\n',
    stderr: '',
  })
})

test('with --no-output the output is held back too, and not reported', async () => {
  const argv = quiet(['sh', '-c', 'echo out; exit 3'], '--no-output')
  expect(seen(await sandbox.run(argv))).toMatchObject({ status: 3, stdout: 'out\n', stderr: '' })
  expect(sandbox.api.events().at(-1)?.params.get('message')).toBe('exit status 3')
})

const noMount = whyNoMount()

test.skipIf(noMount !== undefined)(
  `on a full disk the output is shown${noMount ? ` (${noMount})` : ''}`,
  async () => {
    const mounted = join(sandbox.home, 'full')
    mkdirSync(mounted)
    writeFileSync(join(sandbox.home, 'job'), 'seq 400000; echo end; exit 0')
    const mount = 'mount -t tmpfs -o size=1m none "$TMPDIR" || exit 99; exec "$@"'
    const argv = quiet(['sh', join(sandbox.home, 'job')], '--buffer-size', '64k')
    const result = await sandbox.run(['unshare', '-m', 'sh', '-c', mount, 'sh', ...argv], {
      env: { TMPDIR: mounted },
    })
    const numbers = Array.from({ length: 400_000 }, (_, index) => `${index + 1}\n`).join('')
    expect(String(result.stdout) === `${numbers}end\n`).toBe(true)
    expect(result.status).toBe(0)
    expect(String(result.stderr)).toBe(
      'cronitor-exec: --quiet-success: the output cannot be held back, so it is shown: the disk is full\n',
    )
  },
)
