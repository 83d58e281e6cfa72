import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { kernelProcesses } from '../../../../src/job/lock/kernel-processes.ts'
import { folderOfLocks } from '../../../../src/job/lock/lock-folder.ts'
import type { LockRecord } from '../../../../src/job/lock/lock-record.ts'
import { processStart } from '../../../../src/job/lock/process-alive.ts'
import { shortHash } from '../../../../src/system/short-hash.ts'
import { describeJobControl } from '../../../support/job-control.ts'
import { printed, startWrapped } from '../../../support/start-wrapper.ts'
import { tempDir } from '../../../support/temp.ts'
import { until } from '../../../support/until.ts'
import { apiForTest } from '../../../support/wrapper.ts'

const NAME = 'backups'

describeJobControl({ flags: ['--lock', '--lock-dir', tempDir('lock')] })
describeJobControl({ flags: ['--lock-name', NAME, '--lock-wait', '10s', '--lock-dir', tempDir('lock')] })

const table = kernelProcesses()

/** What this process would write as a wrapper. */
const self: LockRecord = {
  ...table.place,
  pid: process.pid,
  start: processStart(process.pid, table),
  since: 0,
}

/** A folder with a lock that is held, as its entries say. */
function heldLock({ wrapper = self, job }: { wrapper?: LockRecord; job?: LockRecord } = {}) {
  const dir = tempDir('lock')
  const folder = folderOfLocks(dir, table)
  const entry = `${shortHash(NAME, 16)}.0-abc`
  folder.add(`${entry}.try`, wrapper)
  folder.add(`${entry}.held`, wrapper)
  if (job) folder.add(`${entry}.job`, job)
  const free = (): void => {
    for (const name of folder.names()) folder.remove(name)
  }
  return { dir, flags: ['--lock-name', NAME, '--lock-dir', dir], free }
}

async function runJob(flags: readonly string[], job: readonly string[] = ['echo', 'ran']) {
  const api = await apiForTest()
  const { status, signal, stdout, stderr } = await startWrapped(api, job, { flags }).done
  const events = api.events().map(({ state }) => state)
  return { end: signal ?? status, stdout: String(stdout), stderr: String(stderr), events }
}

const HELD = `cronitor-exec: not run, because the lock ${NAME} is held: process ${process.pid} (`

test.each([
  [[], 75, [], true],
  [['--on-locked', 'skip'], 75, [], true],
  [['--on-locked', 'fail'], 75, ['run', 'fail'], true],
  [['--on-locked', 'ok'], 0, [], false],
])('a lock that is held, %j', async (more, status, events, isWarned) => {
  const { flags } = heldLock()
  const seen = await runJob([...flags, ...more])
  expect(seen).toMatchObject({ end: status, stdout: '', events })
  if (!isWarned) expect(seen.stderr).toBe('')
  else {
    expect(seen.stderr.startsWith(HELD)).toBe(true)
    expect(seen.stderr).toMatch(/^[^\n]+\) has held it for [^\n]+\n$/)
  }
})

test('the message of fail names the holder', async () => {
  const { flags } = heldLock()
  const api = await apiForTest()
  await startWrapped(api, ['echo', 'ran'], { flags: [...flags, '--on-locked', 'fail'] }).done
  const [, end] = api.events()
  expect(end?.params.get('message')).toContain(`the lock ${NAME} is held: process ${process.pid} (`)
  expect(end?.params.get('status_code')).toBe('75')
})

test('a lock that becomes free is taken by a run that waits, and released at its end', async () => {
  const { dir, flags, free } = heldLock()
  setTimeout(free, 500)
  const seen = await runJob([...flags, '--lock-wait', '20s'], ['sh', '-c', `ls ${dir}`])
  expect(seen).toMatchObject({ end: 0, stderr: '', events: ['run', 'complete'] })
  expect(seen.stdout.trim().split('\n').length).toBe(3)
  expect(readdirSync(dir)).toEqual([])
})

test('a run that has waited too long does not run', async () => {
  const { dir, flags } = heldLock()
  const before = performance.now()
  expect(await runJob([...flags, '--lock-wait', '1s'])).toMatchObject({ end: 75, stdout: '', events: [] })
  expect(performance.now() - before).toBeGreaterThan(1000)
  expect(readdirSync(dir).length).toBe(2)
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const)(
  '%s ends the wait for a lock, without an event',
  async signal => {
    const { dir, flags } = heldLock()
    const api = await apiForTest()
    const running = startWrapped(api, ['echo', 'ran'], { flags: [...flags, '--lock-wait', '50s'] })
    await until('the run waits', () => readdirSync(dir).length === 3)
    running.signal(signal)
    const { signal: by, stdout, stderr } = await running.done
    expect([by, String(stdout), String(stderr), api.events()]).toEqual([signal, '', '', []])
    expect(readdirSync(dir).length).toBe(2)
  },
)

const OTHER_BOOT = '0d4e6a4c-0000-4000-8000-000000000000'

test.each([
  ['of an earlier boot', { ...self, boot: OTHER_BOOT }],
  ['of another host', { ...self, boot: OTHER_BOOT, machine: 'other' }],
  ['whose number another process has now', { ...self, start: '1' }],
  ['that is gone', { ...self, pid: 4_194_303 }],
])('a holder %s does not block', async (_, wrapper) => {
  const { dir, flags } = heldLock({ wrapper, job: wrapper })
  expect(await runJob(flags)).toMatchObject({ end: 0, stdout: 'ran\n', stderr: '' })
  // On its own host, it may hold the lock.
  expect(readdirSync(dir).length).toBe(wrapper.machine === self.machine ? 0 : 3)
})

test('a job whose wrapper was killed holds the lock until it ends', async () => {
  const dir = tempDir('lock')
  const flags = ['--lock', '--lock-dir', dir]
  const api = await apiForTest()
  const stop = join(tempDir('stop'), 'stop')
  const job = ['sh', '-c', `echo $$; while ! [ -e ${stop} ]; do sleep 0.02; done`]
  const first = startWrapped(api, job, { flags })
  const pid = (await printed(first, '\n')).trim()
  first.signal('SIGKILL')
  await first.exited
  const locked = await runJob(flags)
  expect(locked).toMatchObject({ end: 75, events: [] })
  expect(locked.stderr).toContain(`process ${pid} (sh -c echo $$; while`)
  const waiting = runJob([...flags, '--lock-wait', '50s'])
  await until('a run waits', () => readdirSync(dir).some(name => name.endsWith('.wait')))
  writeFileSync(stop, '')
  expect(await waiting).toMatchObject({ end: 0, stdout: 'ran\n' })
  expect(readdirSync(dir)).toEqual([])
})

test('a process that the job leaves in the background does not hold the lock', async () => {
  const dir = tempDir('lock')
  const flags = ['--lock', '--lock-dir', dir]
  const job = 'sleep 60 </dev/null >/dev/null 2>&1 & echo $!'
  const { stdout } = await runJob(flags, ['sh', '-c', job])
  onTestFinished(() => void process.kill(Number(stdout), 'SIGKILL'))
  expect(await runJob(flags)).toMatchObject({ end: 0, stdout: 'ran\n' })
})

test('the wrapper holds the lock between two attempts', async () => {
  const dir = tempDir('lock')
  const flags = ['--lock', '--lock-dir', dir]
  const api = await apiForTest()
  const more = ['--retries', '1', '--retry-delay', '1h']
  const first = startWrapped(api, ['sh', '-c', 'echo attempt; exit 1'], { flags: [...flags, ...more] })
  await printed(first, 'starts in 1h', 'stderr')
  expect((await runJob(flags)).end).toBe(75)
  first.signal('SIGTERM')
  await first.done
  expect((await runJob(flags)).end).toBe(0)
})

test('--lock-slots lets so many runs hold the lock', async () => {
  const { flags } = heldLock()
  expect(await runJob([...flags, '--lock-slots', '2'])).toMatchObject({ end: 0, stdout: 'ran\n' })
  const seen = await runJob([...flags, '--lock-slots', '1'])
  expect(seen).toMatchObject({ end: 75, stdout: '' })
})

test('locks of other names do not block', async () => {
  const { dir } = heldLock()
  expect(await runJob(['--lock', '--lock-dir', dir])).toMatchObject({ end: 0, stdout: 'ran\n' })
})

test('options that need a lock have no effect without one, and say so', async () => {
  const { dir } = heldLock()
  const seen = await runJob(['--lock-dir', dir, '--lock-wait', '5'])
  expect(seen).toMatchObject({ end: 0, stdout: 'ran\n' })
  expect(seen.stderr).toBe(
    'cronitor-exec: --lock-wait has no effect without --lock or --lock-name\n' +
      'cronitor-exec: --lock-dir has no effect without --lock or --lock-name\n',
  )
})
