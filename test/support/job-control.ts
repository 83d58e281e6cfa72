/**
 * The table of job control: each option in eight situations. A row names the options, and the cells in which a run differs from one
 * without options. Status, events, output and the processes that are left are checked in each cell.
 */

import { randomUUID } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { FakeApi } from './fake-api.ts'
import { killMarked, MARK, markedProcesses } from './job-processes.ts'
import type { Ended, Running, RunOptions } from './run.ts'
import { MONITOR, printed, startWrapped, wrapped } from './start-wrapper.ts'
import { CTRL_C, hasPty, shown, startInTerminal } from './terminal.ts'
import { until } from './until.ts'
import { apiForTest, reportingTo } from './wrapper.ts'

export type Situation =
  /** The job prints on both streams and ends with 0. */
  | 'success'
  /** The same, with 3. */
  | 'failure'
  /** TERM is sent to the wrapper while the job sleeps. */
  | 'signal to the wrapper'
  /** KILL is sent to the wrapper. The job then goes on until it is told to end. */
  | 'kill -9 of the wrapper'
  /** The job ignores TERM, which is sent to the wrapper, and goes on until it is told to end. */
  | 'job that ignores TERM'
  /** The job starts a process in a session of its own, which keeps no descriptor, and ends with 0. */
  | 'job that forks a daemon by setsid'
  /** The reader of stdout goes away after the first line, and the job goes on printing. */
  | 'output closed early'
  /** The job reads a line from the terminal; then Ctrl-C ends it. */
  | 'terminal'

/** What can be seen of a run that is over. */
export interface Seen {
  /** `status 3`, or the signal that ended the wrapper, such as `SIGTERM`. */
  readonly end: string
  /** In order: the state, the status code if there is one, and the last line of the message: `fail 3: exit status 3`. */
  readonly events: readonly string[]
  /** In a terminal, all that it has shown. */
  readonly stdout: string
  readonly stderr: string
  /** How many processes of the job are left. */
  readonly left: number
}

export interface Cell {
  /** Instead of the row's. */
  readonly flags?: readonly string[]
  /** A command line for `sh -c`, instead of the situation's. */
  readonly job?: string
  /** What differs from a run without options. A regular expression must match the whole. */
  readonly seen?: {
    readonly [Part in keyof Seen]?: Seen[Part] | (Seen[Part] extends string ? RegExp : never)
  }
}

export interface Row {
  /** The options of job control, as a user writes them. */
  readonly flags: readonly string[]
  readonly env?: RunOptions['env']
  /** The cells in which something differs. */
  readonly cells?: { readonly [Name in Situation]?: Cell }
}

const TIMED_OUT = 'status 124'
const TELL_TO_END = 'stop'
/** A loop that ends when the test says so. */
const UNTIL_TOLD = `while ! [ -e "$HOME/${TELL_TO_END}" ]; do sleep 0.02; done`

interface Stage {
  readonly job: string
  readonly plain: Seen
  /** What happens to the run, which is to end as given. It resolves with how the wrapper ended. */
  readonly act: (running: Running, api: FakeApi, end: Cell['seen']) => Promise<Ended>
}

const SITUATIONS: Readonly<Record<Situation, Stage>> = {
  success: {
    job: 'echo out; echo err >&2',
    plain: { end: 'status 0', events: ['run', 'complete 0'], stdout: 'out\n', stderr: 'err\n', left: 0 },
    act: running => running.done,
  },
  failure: {
    job: 'echo out; echo err >&2; exit 3',
    plain: {
      end: 'status 3',
      events: ['run', 'fail 3: exit status 3'],
      stdout: 'out\n',
      stderr: 'err\n',
      left: 0,
    },
    act: running => running.done,
  },
  'signal to the wrapper': {
    job: 'echo up; exec sleep 60',
    plain: {
      end: 'SIGTERM',
      events: ['run', 'fail 143: killed by SIGTERM'],
      stdout: 'up\n',
      stderr: '',
      left: 0,
    },
    async act(running) {
      await isUp(running)
      running.signal('SIGTERM')
      return running.done
    },
  },
  'kill -9 of the wrapper': {
    job: `echo up; ${UNTIL_TOLD}`,
    plain: { end: 'SIGKILL', events: ['run'], stdout: 'up\n', stderr: '', left: 0 },
    async act(running, api) {
      await isUp(running)
      await api.waitFor(events => events.some(({ answered }) => answered === 200))
      running.signal('SIGKILL')
      await running.exited
      tellToEnd(running)
      return running.done
    },
  },
  'job that ignores TERM': {
    job: `trap '' TERM; echo up; ${UNTIL_TOLD}`,
    plain: { end: 'status 0', events: ['run', 'complete 0'], stdout: 'up\n', stderr: '', left: 0 },
    async act(running, _api, expected) {
      await isUp(running)
      running.signal('SIGTERM')
      // A job that TERM has ended would not have seen the file. One that a time-out ends must not end by itself before.
      if (expected?.end !== TIMED_OUT) setTimeout(() => tellToEnd(running), 1500)
      return running.done
    },
  },
  'job that forks a daemon by setsid': {
    job: `setsid sh -c 'exec sleep 60' </dev/null >/dev/null 2>&1 & echo up`,
    plain: { end: 'status 0', events: ['run', 'complete 0'], stdout: 'up\n', stderr: '', left: 1 },
    act: running => running.done,
  },
  'output closed early': {
    job: 'for i in $(seq 10000); do echo line $i; sleep 0.01; done; exit 9',
    plain: {
      end: 'SIGPIPE',
      events: ['run', 'fail 141: killed by SIGPIPE'],
      stdout: 'line 1\n',
      stderr: '',
      left: 0,
    },
    async act(running) {
      await printed(running, 'line 1\n')
      running.stdout?.destroy()
      return running.exited
    },
  },
  terminal: {
    job: 'echo up; read line; echo "got $line"; exec sleep 60',
    plain: {
      end: 'status 130',
      events: ['run', 'fail 130: killed by SIGINT'],
      stdout: 'up\nhello\ngot hello\n^C',
      stderr: '',
      left: 0,
    },
    async act(running) {
      await isUp(running)
      running.stdin?.write('hello\n')
      await printed(running, 'got hello')
      running.stdin?.write(CTRL_C)
      return running.done
    },
  },
}

/** A job whose output is not shown makes the file `up` in HOME. */
async function isUp(running: Running): Promise<void> {
  await until(
    'the job is up',
    () => /^up\r?$/m.test(String(running.output().stdout)) || existsSync(join(running.home, 'up')),
  )
}

function tellToEnd(running: Running): void {
  writeFileSync(join(running.home, TELL_TO_END), '')
}

const ALL = Object.keys(SITUATIONS) as Situation[]

/** Declares the eight tests of a row. */
export function describeJobControl(row: Row): void {
  describe(`${row.flags.join(' ') || 'no options'}:`, () => {
    for (const situation of ALL) {
      const isSkipped = situation === 'terminal' && !hasPty
      test.skipIf(isSkipped)(`${situation}${isSkipped ? ' (needs python3)' : ''}`, async () => {
        const { plain } = SITUATIONS[situation]
        const cell = row.cells?.[situation] ?? {}
        const expected = { ...plain, ...cell.seen }
        expectSeen(await seenIn(situation, row, cell, expected), expected)
      })
    }
  })
}

async function seenIn(
  situation: Situation,
  row: Row,
  cell: Cell,
  expected: NonNullable<Cell['seen']>,
): Promise<Seen> {
  const stage = SITUATIONS[situation]
  const api = await apiForTest()
  const mark = randomUUID()
  onTestFinished(() => {
    killMarked(mark)
  })
  const env = { ...row.env, [MARK]: mark }
  const job = ['sh', '-c', cell.job ?? stage.job]
  const flags = cell.flags ?? row.flags
  const isTerminal = situation === 'terminal'
  const running = isTerminal
    ? startInTerminal(wrapped(job, flags), { env: { ...reportingTo(api), ...env } })
    : startWrapped(api, job, { flags, env })
  const ended = await stage.act(running, api, expected)
  return {
    end: ended.signal ?? `status ${ended.status}`,
    events: eventsOf(api),
    stdout: isTerminal
      ? shown(running)
      : situation === 'output closed early'
        ? 'line 1\n'
        : String(running.output().stdout),
    stderr: String(running.output().stderr),
    left: await countLeft(mark, expected.left ?? 0),
  }
}

/** A job that goes on without its wrapper needs a moment to end. */
async function countLeft(mark: string, expected: number): Promise<number> {
  await until('what is left', () => markedProcesses(mark).length === expected, 30_000).catch(() => {})
  return markedProcesses(mark).length
}

/** The events that the API has accepted. */
function eventsOf(api: FakeApi): string[] {
  return api
    .events(MONITOR)
    .filter(({ answered }) => answered === 200)
    .map(({ state, params }) => {
      const words = [state, params.get('status_code')].filter(word => word !== null).join(' ')
      const reason = params.get('message')?.split('\n').at(-1) ?? ''
      return state === 'fail' || /^attempt \d/.test(reason) ? `${words}: ${reason}` : words
    })
}

function expectSeen(seen: Seen, expected: NonNullable<Cell['seen']>): void {
  const wanted = Object.fromEntries(
    Object.entries(expected).map(([part, value]) => [
      part,
      value instanceof RegExp ? expect.stringMatching(new RegExp(`^(?:${value.source})$`)) : value,
    ]),
  )
  expect(seen).toEqual(wanted)
}
