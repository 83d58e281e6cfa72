/** A reader of the job's output that stops reading stalls the job's writes, and nothing else. */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, type FakeApi, startFakeApi } from '../../support/fake-api.ts'
import { hasProc, isGone, isIdle, nonBlockingOf } from '../../support/process-state.ts'
import { type Running, start } from '../../support/run.ts'
import { delivered, printed, startWrapped, wrapped } from '../../support/start-wrapper.ts'
import { CTRL_Q, CTRL_S, hasPty, python, shown, startInTerminal } from '../../support/terminal.ts'
import { openUnreadPipe } from '../../support/unread-pipe.ts'
import { until } from '../../support/until.ts'
import { reportingTo } from '../../support/wrapper.ts'

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** More than the reader's pipe holds (64 KiB), and less than that and the job's pipe hold: the job can end. */
const OVER_ONE_PIPE = 104_000

/** Prints random bytes and keeps them in a file named as the stream; `last words` is its last line. */
const prints = (bytes: number, stream: 'stdout' | 'stderr') =>
  `head -c ${bytes} /dev/urandom > ${stream}; printf '\\nlast words\\n' >> ${stream}; cat ${stream} >&${stream === 'stdout' ? 1 : 2}`

const ended = (status: number) =>
  api.waitFor(events =>
    events.some(event => event.answered === 200 && event.params.get('status_code') === String(status)),
  )

const messageOfEnd = () => api.events().at(-1)?.params.get('message') ?? ''

const kept = (running: Running, name: string) => readFileSync(join(running.home, name))

/** Without these, a test that fails would leave jobs that wait for a reader. */
async function over(running: Running): Promise<void> {
  running.signalGroup('SIGKILL')
  await running.exited
}

/** Loops in the background, so that the shell itself is never in a write and takes signals at once. */
const STALLED = `trap 'echo trapped > trapped; kill -KILL $!; wait; exit 7' TERM; yes & echo $! > yes; wait`

function numberIn(path: string): number | undefined {
  return existsSync(path) ? Number.parseInt(readFileSync(path, 'utf8'), 10) || undefined : undefined
}

/** Waits until `yes`, whose process id is in the file of that name, has filled whatever is on the way to the reader. */
async function untilStalled(running: Running, wrapper = running.pid): Promise<void> {
  const pid = await until('`yes` is up', () => numberIn(join(running.home, 'yes')))
  let last = ''
  let same = 0
  await until('`yes` and the wrapper wait, and nothing moves', () => {
    const [, written = ''] = /^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1')) ?? []
    same = written === last && isIdle(pid) && isIdle(wrapper) ? same + 1 : 0
    last = written
    return same === 15
  })
}

describe('stdout is a pipe that nobody reads', () => {
  test.skipIf(!hasProc)(
    'TERM reaches the stalled job at once, and run and end are delivered before anything is read (needs /proc)',
    async () => {
      const pipe = openUnreadPipe()
      const running = startWrapped(api, ['sh', '-c', STALLED], { stdio: ['null', pipe.childFd] })
      pipe.given()
      await api.waitFor(events => events.some(event => event.state === 'run' && event.answered === 200))
      await untilStalled(running)
      running.signal('SIGTERM')
      await ended(7)
      expect(existsSync(join(running.home, 'trapped'))).toBe(true)
      expect(messageOfEnd()).toMatch(/y\ny\ny.*exit status 7$/s)
      expect(isGone(running.pid)).toBe(false)
      const bytes = await pipe.readAll()
      expect(bytes.length).toBeGreaterThan(65_536)
      expect(bytes.equals(Buffer.alloc(bytes.length, 'y\n'))).toBe(true)
      expect(await running.exited).toMatchObject({ status: 7, signal: null })
    },
  )

  test('the end is reported with the end of the output while unwritten, and the reader then gets each byte', async () => {
    const pipe = openUnreadPipe()
    const running = startWrapped(api, ['sh', '-c', `${prints(OVER_ONE_PIPE, 'stdout')}; exit 5`], {
      stdio: ['null', pipe.childFd],
    })
    pipe.given()
    await ended(5)
    expect(messageOfEnd()).toMatch(/last words\nexit status 5$/)
    expect(isGone(running.pid)).toBe(false)
    const bytes = await pipe.readAll()
    expect(sha256(bytes)).toBe(sha256(kept(running, 'stdout')))
    expect(await running.exited).toMatchObject({ status: 5, signal: null })
    expect(String((await running.done).stderr)).toBe('')
  })

  test.each(['TERM', 'INT', 'HUP', 'QUIT'] as const)(
    '%s ends the wait for the reader with the job’s status',
    async name => {
      const pipe = openUnreadPipe()
      const running = startWrapped(api, ['sh', '-c', `${prints(OVER_ONE_PIPE, 'stdout')}; exit 5`], {
        stdio: ['null', pipe.childFd],
      })
      pipe.given()
      await ended(5)
      running.signal(`SIG${name}`)
      expect(await running.exited).toMatchObject({ status: 5, signal: null })
      const bytes = await pipe.readAll()
      expect(bytes.equals(kept(running, 'stdout').subarray(0, bytes.length))).toBe(true)
    },
  )

  test('a job that is stalled goes on when the reader does, and each byte arrives', async () => {
    const pipe = openUnreadPipe()
    const running = startWrapped(api, ['sh', '-c', prints(2_000_000, 'stdout')], {
      stdio: ['null', pipe.childFd],
    })
    pipe.given()
    await api.waitFor(events => events.some(event => event.answered === 200))
    expect(isGone(running.pid)).toBe(false)
    expect(sha256(await pipe.readAll())).toBe(sha256(kept(running, 'stdout')))
    expect(await running.exited).toMatchObject({ status: 0 })
    expect(delivered(api)).toEqual(['run', 'complete 0'])
  })

  test('stderr goes on while stdout is stalled', async () => {
    const pipe = openUnreadPipe()
    const job = `yes & child=$!; i=0; while [ $i -lt 200 ]; do echo "line $i" >&2; i=$((i + 1)); done; read -r _ < go; kill $child`
    const running = startWrapped(api, ['sh', '-c', `mkfifo go; ${job}`], { stdio: ['null', pipe.childFd] })
    pipe.given()
    await printed(running, 'line 199\n', 'stderr')
    expect(isGone(running.pid)).toBe(false)
    await over(running)
  })

  test('a reader that goes away instead of going on leaves the job’s status', async () => {
    const pipe = openUnreadPipe()
    const running = startWrapped(api, ['sh', '-c', `${prints(OVER_ONE_PIPE, 'stdout')}; exit 5`], {
      stdio: ['null', pipe.childFd],
    })
    pipe.given()
    await ended(5)
    pipe.close()
    expect(await running.exited).toMatchObject({ status: 5, signal: null })
    expect(String((await running.done).stderr)).toBe('')
  })
})

test('stalled stderr: the end is reported, and the reader then gets each byte', async () => {
  const pipe = openUnreadPipe()
  const running = startWrapped(api, ['sh', '-c', `${prints(OVER_ONE_PIPE, 'stderr')}; echo out; exit 6`], {
    stdio: ['null', 'pipe', pipe.childFd],
  })
  pipe.given()
  await ended(6)
  await printed(running, 'out\n')
  expect(isGone(running.pid)).toBe(false)
  expect(sha256(await pipe.readAll())).toBe(sha256(kept(running, 'stderr')))
  expect(await running.exited).toMatchObject({ status: 6, signal: null })
})

test('both stalled: the end is reported, TERM ends the wait, and so do the readers', async () => {
  for (const way of ['TERM', 'reading']) {
    const out = openUnreadPipe()
    const err = openUnreadPipe()
    const job = `${prints(OVER_ONE_PIPE, 'stdout')}; ${prints(OVER_ONE_PIPE, 'stderr')}; exit 6`
    const before = api.events().length
    const running = startWrapped(api, ['sh', '-c', job], { stdio: ['null', out.childFd, err.childFd] })
    out.given()
    err.given()
    await api.waitFor(events =>
      events.slice(before).some(event => event.state === 'fail' && event.answered === 200),
    )
    expect(isGone(running.pid)).toBe(false)
    if (way === 'TERM') {
      running.signal('SIGTERM')
      expect(await running.exited).toMatchObject({ status: 6, signal: null })
    }
    // stderr first: neither waits for the other.
    const errBytes = err.readAll()
    const outBytes = await out.readAll()
    if (way === 'reading') {
      expect(sha256(outBytes)).toBe(sha256(kept(running, 'stdout')))
      expect(sha256(await errBytes)).toBe(sha256(kept(running, 'stderr')))
      expect(await running.exited).toMatchObject({ status: 6, signal: null })
    }
    await errBytes
  }
})

test.skipIf(!hasProc)('no shared descriptor is ever made non-blocking (needs /proc)', async () => {
  let answer = (_: Answer) => {}
  api.respond = ({ state }) =>
    state === 'run' ? { status: 200 } : new Promise<Answer>(resolve => (answer = resolve))
  const holder = ['sh', '-c', '"$@"; echo over >&2; read -r _', 'sh']
  const job = `echo $PPID; yes | head -c 300000; yes | head -c 300000 >&2; read -r _ < go; exit 5`
  const running = startWrapped(api, ['sh', '-c', `mkfifo go; ${job}`], { through: holder, stdio: ['pipe'] })
  const wrapper = Number.parseInt(await printed(running, '\n'), 10)
  await until('all has been read', () => running.output().stderr.length === 300_000)
  expect(nonBlockingOf(wrapper)).toEqual([])
  await writeFile(join(running.home, 'go'), '\n')
  await api.waitFor(events => events.some(event => event.state === 'fail'))
  expect(nonBlockingOf(wrapper)).toEqual([])
  answer({ status: 200 })
  await printed(running, 'over\n', 'stderr')
  expect(nonBlockingOf(running.pid)).toEqual([])
  running.stdin?.end('\n')
  await running.done
})

describe.skipIf(!hasPty || !hasProc)('other kinds of stdout (needs python3 and /proc)', () => {
  const script = fileURLToPath(new URL('../../support/unread-output.py', import.meta.url))

  interface Unread {
    readonly running: Running
    readonly wrapper: number
    readonly read: () => void
  }

  async function startUnread(kind: 'socket' | 'pipe', job: string): Promise<Unread> {
    const running = start([python, script, kind, ...wrapped(['sh', '-c', job])], {
      env: reportingTo(api),
      stdio: ['pipe'],
    })
    const [, pid] = /pid (\d+)\n/.exec(await printed(running, '\n', 'stderr')) ?? []
    return { running, wrapper: Number(pid), read: () => void running.stdin?.write('go\n') }
  }

  test.each(['socket', 'pipe'] as const)(
    'a stalled %s, non-blocking if a pipe: TERM and events pass, and then each byte',
    async kind => {
      const { running, wrapper, read } = await startUnread(kind, STALLED)
      await untilStalled(running, wrapper)
      process.kill(wrapper, 'SIGTERM')
      await ended(7)
      expect(isGone(wrapper)).toBe(false)
      read()
      const { status, stdout, stderr } = await running.done
      expect(status).toBe(7)
      expect(stdout.length).toBeGreaterThan(65_536)
      expect(stdout.equals(Buffer.alloc(stdout.length, 'y\n'))).toBe(true)
      expect(String(stderr)).toBe(`pid ${wrapper}\nnonblocking ${kind === 'pipe' ? 'True' : 'False'}\n`)
    },
  )

  test.each(['socket', 'pipe'] as const)('2 MB through a stalled %s arrive whole', async kind => {
    const { running, wrapper, read } = await startUnread(kind, prints(2_000_000, 'stdout'))
    await api.waitFor(events => events.some(event => event.answered === 200))
    read()
    const { status, stdout, stderr } = await running.done
    expect(status).toBe(0)
    expect(sha256(stdout)).toBe(sha256(kept(running, 'stdout')))
    expect(String(stderr)).toBe(`pid ${wrapper}\nnonblocking ${kind === 'pipe' ? 'True' : 'False'}\n`)
  })

  test.each(['socket', 'pipe'] as const)(
    'TERM ends the wait for the reader of a stalled %s with the job’s status',
    async kind => {
      // `yes` fills whatever is on the way; once it waits for the reader, the job ends.
      const { running, wrapper, read } = await startUnread(
        kind,
        'yes & echo $! > yes; until [ -e stop ]; do sleep 0.02; done; kill $!; exit 5',
      )
      await untilStalled(running, wrapper)
      writeFileSync(join(running.home, 'stop'), '')
      await ended(5)
      expect(isGone(wrapper)).toBe(false)
      process.kill(wrapper, 'SIGTERM')
      await until('the wrapper has ended', () => isGone(wrapper))
      read()
      expect((await running.done).status).toBe(5)
    },
  )

  test('a terminal stopped with Ctrl-S: the end is reported, and Ctrl-Q shows the rest', async () => {
    const terminal = startInTerminal(
      ['sh', '-c', `read -r _; exec "$@"`, 'sh', ...wrapped(['sh', '-c', 'echo first; echo last; exit 5'])],
      { env: reportingTo(api) },
    )
    terminal.type(`\n${CTRL_S}`)
    await ended(5)
    expect(messageOfEnd()).toBe('first\nlast\nexit status 5')
    expect(shown(terminal)).not.toContain('first')
    terminal.type(CTRL_Q)
    expect((await terminal.done).status).toBe(5)
    expect(shown(terminal)).toContain('first\nlast\n')
  })

  test('a terminal stopped with Ctrl-S: TERM ends the wait with the job’s status', async () => {
    const job = 'echo $PPID > wrapper; echo first; exit 5'
    const terminal = startInTerminal(
      ['sh', '-c', 'read -r _; "$@"; echo $? > status', 'sh', ...wrapped(['sh', '-c', job])],
      { env: reportingTo(api) },
    )
    terminal.type(`\n${CTRL_S}`)
    await ended(5)
    const wrapper = Number(kept(terminal, 'wrapper'))
    expect(isGone(wrapper)).toBe(false)
    process.kill(wrapper, 'SIGTERM')
    await until('the wrapper has ended', () => isGone(wrapper))
    await until('its status is seen', () => existsSync(join(terminal.home, 'status')))
    terminal.type(CTRL_Q)
    await terminal.done
    expect(String(kept(terminal, 'status'))).toBe('5\n')
  })
})
