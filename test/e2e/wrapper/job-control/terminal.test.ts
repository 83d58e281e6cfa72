/** Time limits and retries in a terminal: its keys and its job control act as they do without them. */

import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../../../support/fake-api.ts'
import { killMarked, MARK, markedProcesses } from '../../../support/job-processes.ts'
import { hasProc, isStopped } from '../../../support/process-state.ts'
import { delivered, wrapped } from '../../../support/start-wrapper.ts'
import { tempDir } from '../../../support/temp.ts'
import { CTRL_C, CTRL_Z, hasPty, shown, startInTerminal, type Terminal } from '../../../support/terminal.ts'
import { until } from '../../../support/until.ts'
import { reportingTo } from '../../../support/wrapper.ts'

let api: FakeApi
let mark: string
beforeEach(async () => {
  api = await startFakeApi()
  mark = randomUUID()
})
afterEach(() => api.close())

/** `wrapper` stands for the wrapper's words before the job's. */
function inTerminal(argv: readonly string[], flags: readonly string[]): Terminal {
  const folder = tempDir('terminal')
  writeFileSync(join(folder, 'wrapper'), `#!/bin/sh\nexec '${wrapped([], flags).join("' '")}' "$@"\n`)
  chmodSync(join(folder, 'wrapper'), 0o755)
  onTestFinished(() => {
    killMarked(mark)
  })
  return startInTerminal(argv, {
    env: { ...reportingTo(api), [MARK]: mark, PATH: `${folder}:/usr/local/bin:/usr/bin:/bin` },
  })
}

const interactive = (flags: readonly string[]) =>
  inTerminal(['bash', '--norc', '--noprofile', '--noediting', '-i'], flags)

async function seen(terminal: Terminal, pattern: RegExp): Promise<RegExpExecArray> {
  return await until(`${pattern} in the terminal`, () => pattern.exec(shown(terminal)) ?? undefined)
}

async function pids(terminal: Terminal): Promise<{ readonly job: number; readonly wrapper: number }> {
  const [, job, wrapper] = await seen(terminal, /job (\d+) wrapper (\d+)\n/)
  return { job: Number(job), wrapper: Number(wrapper) }
}

const SAYS_PIDS = 'echo "job $$ wrapper $PPID"'

describe.skipIf(!hasPty || !hasProc)('in a terminal (needs python3 and /proc)', () => {
  test.each([[['--timeout', '1h']], [['--deadline', '1h', '--retries', '2', '--no-retry-on', '130']]])(
    'with %j the job reads lines, also after Ctrl-Z and fg, and Ctrl-C ends it',
    async flags => {
      const terminal = interactive(flags)
      terminal.type(`wrapper bash -c '${SAYS_PIDS}; read a; echo "a <$a>"; read b; echo "b <$b>"; read c'\n`)
      const { job, wrapper } = await pids(terminal)
      terminal.type('one\n')
      await seen(terminal, /^a <one>$/m)
      terminal.type(CTRL_Z)
      await until('both are stopped', () => isStopped(job) && isStopped(wrapper))
      await seen(terminal, /Stopped[\s\S]*\$ /)
      terminal.type('fg\n')
      await until('both go on', () => !isStopped(job) && !isStopped(wrapper))
      terminal.type('two\n')
      await seen(terminal, /^b <two>$/m)
      terminal.type(CTRL_C)
      await seen(terminal, /\^C[\s\S]*\$ $/)
      terminal.type('echo "stat""us $?"\nexit\n')
      await terminal.done
      expect(shown(terminal)).toContain('status 130\n')
      expect(delivered(api)).toEqual(['run', 'fail 130'])
    },
  )

  test('a time-out ends what the job has started, and not what the calling script has', async () => {
    const script = `sleep 60 & wrapper sh -c 'sleep 60 & setsid sleep 60 & echo up; read line'; echo "status $?"; jobs; read line`
    const terminal = inTerminal(['bash', '-c', script], ['--timeout', '1s', '--kill-after', '300ms'])
    await seen(terminal, /^up$/m)
    await seen(terminal, /^status 124\n\[1\]\S? +Running/m)
    // The shell, its background job, and the process that keeps the terminal.
    expect(markedProcesses(mark)).toHaveLength(3)
    terminal.type('\n')
    expect((await terminal.done).status).toBe(0)
    expect(delivered(api)).toEqual(['run', 'fail 124'])
  })

  test('a job that was stopped by Ctrl-Z until after its time ends with fg', async () => {
    const terminal = interactive(['--timeout', '1500ms', '--kill-after', '300ms'])
    terminal.type(`wrapper bash -c '${SAYS_PIDS}; read a'\n`)
    const { job, wrapper } = await pids(terminal)
    terminal.type(CTRL_Z)
    await until('both are stopped', () => isStopped(job) && isStopped(wrapper))
    await new Promise(resolve => setTimeout(resolve, 1600))
    terminal.type('fg; echo "stat""us $?"\n')
    await seen(terminal, /^status 124$/m)
    terminal.type('exit\n')
    await terminal.done
  })

  test('a background job that wants to read is stopped, and goes on with fg', async () => {
    const terminal = interactive(['--timeout', '1h'])
    terminal.type(`wrapper bash -c 'echo $PPID > "$HOME/wrapper"; read a; echo "a <$a>"' &\n`)
    const file = join(terminal.home, 'wrapper')
    // The file is empty for a moment.
    const written = () => (existsSync(file) && readFileSync(file, 'utf8')) || undefined
    const wrapper = Number(await until('the job runs', written))
    await until('the terminal has stopped the group', () => isStopped(wrapper))
    // The kernel tells bash once each thread has stopped, and bash says so at its next prompt.
    await until('bash says so', () => {
      terminal.type('\n')
      return /Stopped[\s\S]*\$ /.test(shown(terminal))
    })
    terminal.type('fg\n')
    await until('it goes on', () => !isStopped(wrapper))
    terminal.type('one\n')
    await seen(terminal, /^a <one>$/m)
    terminal.type('exit\n')
    await terminal.done
    expect(delivered(api)).toEqual(['run', 'complete 0'])
  })

  test('Ctrl-C between two attempts ends the trying, and a loop of the shell', async () => {
    const script = 'for i in 1 2; do wrapper sh -c "echo up; exit 3"; echo "status $?"; done; echo over'
    const terminal = inTerminal(['bash', '-c', script], ['--retries', '5', '--retry-delay', '1h'])
    await seen(terminal, /the next one starts in 1h/)
    terminal.type(CTRL_C)
    expect((await terminal.done).status).toBe(130)
    expect(shown(terminal)).not.toContain('over')
    const end = api.events().find(({ state }) => state === 'fail')
    expect(end?.params.get('message')).toBe('up\nexit status 3, attempt 1 of 6, no other after SIGINT')
    expect(end?.params.get('status_code')).toBe('3')
  })
})
