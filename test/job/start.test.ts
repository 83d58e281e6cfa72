import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { LaunchNotes } from '../../src/job/launch-notes.ts'
import { type JobPlan, startJob } from '../../src/job/start.ts'
import { cannotLock } from '../../src/job/start-failure.ts'
import { tempDir } from '../support/temp.ts'

const NO_NOTES: LaunchNotes = {
  environment: undefined,
  softOpenFiles: undefined,
  ignoredSignals: [],
  blockedSignals: [],
  inheritedDescriptors: [],
  closedDescriptors: [],
  pipes: [],
  folder: undefined,
}
const PATH = { name: 'PATH', value: '/usr/bin:/bin' }

/** The clock goes on by 5 ms with each look at it. */
function plan(argv: readonly string[], more: Partial<JobPlan> = {}): JobPlan {
  let ms = 0
  const now = (): number => {
    ms += 5
    return ms
  }
  const rest = { rawArgv: undefined, shell: undefined, ownGroup: false, onOutput: undefined }
  return { ...rest, argv, environment: [PATH], notes: NO_NOTES, now, ...more }
}

test('a job that exits ends with its status, and has the time that it took', async () => {
  const job = startJob(plan(['sh', '-c', 'exit 7']))
  expect(job.pid).toBeGreaterThan(0)
  expect(job.relays).toEqual([])
  expect(await job.ended).toEqual({ kind: 'exited', status: 7, durationMs: 5 })
})

test('a job that a signal killed ends with that signal', async () => {
  expect(await startJob(plan(['sh', '-c', 'kill -9 $$'])).ended).toMatchObject({
    kind: 'killed',
    signal: 'SIGKILL',
  })
})

test('a job has its environment and nothing else', async () => {
  const environment = [PATH, { name: 'A', value: 'x  y' }]
  const script = `[ "$(env | grep -vE '^(PWD|OLDPWD|SHLVL|_)=' | sort | tr '\\n' ,)" = 'A=x  y,PATH=/usr/bin:/bin,' ]`
  expect(await startJob(plan(['sh', '-c', script], { environment })).ended).toMatchObject({ status: 0 })
})

test('output is relayed by pipes, and seen as it passes', async () => {
  const chunks: Buffer[] = []
  const job = startJob(plan(['true'], { onOutput: chunk => chunks.push(Buffer.from(chunk)) }))
  expect(job.problem).toBeUndefined()
  expect(job.relays.length).toBeGreaterThan(0)
  expect(await job.ended).toMatchObject({ status: 0 })
  await Promise.all(job.relays.map(relay => relay.ended))
  expect(chunks).toEqual([])
})

test.each([
  [['no-such-command'], 127, 'command not found: no-such-command'],
  [['/no/such/command', 'x'], 127, 'command not found: /no/such/command'],
  [['/'], 126, 'is a directory: /'],
  [['source', 'x'], 127, 'command not found: source (a shell builtin: quote the whole line'],
])('%j cannot be started: status %d', async (argv, status, reason) => {
  const job = startJob(plan(argv))
  expect(job.pid).toBeUndefined()
  expect(await job.ended).toMatchObject({
    kind: 'not-started',
    status,
    reason: expect.stringContaining(reason),
  })
})

test('a missing command is found out before the trampoline’s shell starts', async () => {
  const notes = { ...NO_NOTES, softOpenFiles: '64' }
  expect(await startJob(plan(['no-such-command'], { notes })).ended).toMatchObject({ status: 127 })
  expect(await startJob(plan(['sh', '-c', '[ "$(ulimit -Sn)" = 64 ]'], { notes })).ended).toMatchObject({
    status: 0,
  })
})

test('a file that may not be run ends with 126', async () => {
  const file = join(mkdtempSync(join(tempDir('start'), 'x-')), 'job')
  writeFileSync(file, '', { mode: 0o644 })
  expect(await startJob(plan([file])).ended).toMatchObject({
    status: 126,
    reason: `permission denied: ${file}`,
  })
})

test('an error that nobody expected becomes a job that cannot be run', async () => {
  const environment = new Proxy([], {
    get: () => {
      throw new Error('unexpected')
    },
  })
  expect(await startJob(plan(['true'], { environment })).ended).toEqual({
    kind: 'not-started',
    status: 126,
    reason: 'cannot be run: unexpected',
    durationMs: 0,
  })
})

test('the process is known before it becomes the job, which inherits nothing for it', async () => {
  const file = join(tempDir('gate'), 'order')
  const job = startJob(
    plan(['sh', '-c', `echo $$ >> ${file}; ls /proc/$$/fd >> ${file}`], {
      beforeJob(pid) {
        writeFileSync(file, `${pid}\n`)
        return undefined
      },
    }),
  )
  expect(await job.ended).toMatchObject({ kind: 'exited', status: 0 })
  const [first, second, ...descriptors] = readFileSync(file, 'utf8').trim().split('\n')
  expect([first, second]).toEqual([String(job.pid), String(job.pid)])
  expect(descriptors.filter(fd => Number(fd) > 2 && Number(fd) < 10)).toEqual([])
})

test('a job that is refused at the last moment does not run', async () => {
  const file = join(tempDir('gate'), 'ran')
  const failure = cannotLock('the disk is full')
  const job = startJob(plan(['touch', file], { beforeJob: () => failure }))
  expect(await job.ended).toMatchObject({ kind: 'not-started', ...failure })
  expect(existsSync(file)).toBe(false)
})

test('without a free descriptor for the shell, a job that needs one does not run', async () => {
  const notes = { ...NO_NOTES, inheritedDescriptors: [3, 4, 5, 6, 7, 8, 9] }
  const job = startJob(plan(['true'], { notes, beforeJob: () => undefined }))
  expect(await job.ended).toMatchObject({ kind: 'not-started', status: 125 })
})
