/** Signals sent to the wrapper, with no terminal: before the job is there, while it runs, and after its end. */

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, type FakeApi, startFakeApi } from '../../support/fake-api.ts'
import { hasProc, isGone, isIdle, isListening, isStopped, processes } from '../../support/process-state.ts'
import { isExecutable, paths, type Running } from '../../support/run.ts'
import { delivered, printed, startWrapped } from '../../support/start-wrapper.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'

const PASSED_ON = ['TERM', 'HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'CONT', 'ALRM'] as const

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

/** For tests that change Node.js itself. Those at 5 to 100 ms run for both forms. */
const HOOKED = isExecutable ? ' (skipped: loads a hook into Node.js)' : ''

/** A job that prints each signal that it gets, until there is a file named `stop`. */
const TELLS = `
for name in ${PASSED_ON.join(' ')}; do trap "echo got $name" $name; done
echo up
while ! [ -e stop ]; do sleep 0.02; done`

describe('with --own-group', () => {
  const own = (script: string, options: { readonly through?: readonly string[] } = {}) =>
    startWrapped(api, ['sh', '-c', script], { flags: ['--own-group'], ...options })

  test('the job leads a process group that the wrapper is not in', async () => {
    const running = own('echo $$ $(ps -o pgid= -p $$) $(ps -o pgid= -p $PPID)')
    const [job, group, wrappers] = String((await running.done).stdout)
      .trim()
      .split(' ')
    expect(group).toBe(job)
    expect(wrappers).toBe(String(running.pid))
  })

  test('kill -- -$$ in the job ends it and its children, and is reported', async () => {
    const running = own('sleep 60 & echo up; kill -- -$$; sleep 60')
    expect(await running.done).toMatchObject({ signal: 'SIGTERM', stdout: Buffer.from('up\n') })
    expect(delivered(api)).toEqual(['run', 'fail 143'])
  })

  test('kill 0 in the job ends the job, and the wrapper reports it', async () => {
    const running = own('kill -9 0')
    expect((await running.done).signal).toBe('SIGKILL')
    expect(delivered(api)).toEqual(['run', 'fail 137'])
  })

  test('without it, kill -- -$$ finds no such group if the wrapper leads the group', async () => {
    const running = startWrapped(api, ['sh', '-c', 'kill -- -$$ 2>/dev/null || echo none'])
    expect(String((await running.done).stdout)).toBe('none\n')
  })

  test.each([[[]], [['sh', '-c', `trap '' USR2; exec "$@"`, 'outer']]])(
    'each signal to the wrapper reaches the job and its children, started through %j',
    async through => {
      const running = own(
        `sh -c 'trap "echo child" TERM USR1; echo up; while ! [ -e stop ]; do sleep 0.02; done' &
        trap 'echo job' TERM USR1
        while ! [ -e stop ]; do sleep 0.02; done`,
        { through },
      )
      await printed(running, 'up\n')
      for (const [index, name] of (['SIGTERM', 'SIGUSR1'] as const).entries()) {
        running.signal(name)
        await until('both have it', () => {
          const lines = String(running.output().stdout).split('\n')
          return ['job', 'child'].every(who => lines.filter(line => line === who).length === index + 1)
        })
      }
      writeFileSync(join(running.home, 'stop'), '')
      expect((await running.done).status).toBe(0)
    },
  )

  test('CONT to the wrapper lets the whole group go on', async () => {
    const running = own('sleep 60 & echo $$ $!; exec sleep 60')
    const [job = 0, child = 0] = (await printed(running, '\n')).split(' ').map(Number)
    process.kill(-job, 'SIGSTOP')
    await until('both are stopped', () => isStopped(job) && isStopped(child))
    running.signal('SIGCONT')
    await until('both go on', () => !isStopped(job) && !isStopped(child))
    running.signal('SIGTERM')
    expect((await running.done).signal).toBe('SIGTERM')
  })

  test('holds with --no-output, too', async () => {
    const running = startWrapped(api, ['sh', '-c', 'echo $$ $(ps -o pgid= -p $$)'], {
      flags: ['--own-group', '--no-output'],
    })
    expect(String((await running.done).stdout)).toMatch(/^(\d+) \1\n$/)
  })

  test('under nohup the group outlives HUP, and TERM still ends it', async () => {
    const running = own('sleep 60 & echo up; wait', { through: ['nohup'] })
    await printed(running, 'up\n')
    running.signal('SIGHUP')
    running.signal('SIGTERM')
    expect((await running.done).signal).toBe('SIGTERM')
  })

  test('a command that is not there is 127 all the same', async () => {
    const running = startWrapped(api, ['no-such-command'], { flags: ['--own-group'] })
    expect((await running.done).status).toBe(127)
  })

  test('a signal before the job is there reaches it', async () => {
    const running = own('echo up; exec sleep 60')
    running.signal('SIGCONT')
    await printed(running, 'up\n')
    running.signal('SIGINT')
    expect((await running.done).signal).toBe('SIGINT')
  })
})

describe('while the job runs', () => {
  test('each signal reaches the job once', async () => {
    const running = startWrapped(api, ['sh', '-c', TELLS])
    await printed(running, 'up\n')
    for (const name of PASSED_ON) {
      running.signal(`SIG${name}`)
      await printed(running, `got ${name}\n`)
    }
    writeFileSync(join(running.home, 'stop'), '')
    const { status, stdout, stderr } = await running.done
    expect(status).toBe(0)
    expect(String(stdout)).toBe(['up', ...PASSED_ON.map(name => `got ${name}`), ''].join('\n'))
    expect(String(stderr)).toBe('')
    expect(delivered(api)).toEqual(['run', 'complete 0'])
  })

  test.each(['TERM', 'HUP', 'INT', 'USR1', 'USR2', 'ALRM'] as const)(
    'the wrapper dies of %s as a job that does not handle it',
    async name => {
      const running = startWrapped(api, ['sh', '-c', 'echo up; exec sleep 60'])
      await printed(running, 'up\n')
      running.signal(`SIG${name}`)
      const { signal, stderr } = await running.done
      expect(signal).toBe(`SIG${name}`)
      expect(String(stderr)).toBe('')
      const fail = api.events().find(event => event.state === 'fail')
      expect(fail?.params.get('message')).toBe(`up\nkilled by SIG${name}`)
    },
  )

  test('a job that QUIT ends gives status 131 and no core of the wrapper', async () => {
    const running = startWrapped(api, ['sh', '-c', 'ulimit -c 0; echo up; exec sleep 60'])
    await printed(running, 'up\n')
    running.signal('SIGQUIT')
    expect(await running.done).toMatchObject({ status: 131, signal: null })
    expect(delivered(api)).toEqual(['run', 'fail 131'])
  })

  test('what a job prints while TERM ends it is reported with its status', async () => {
    const running = startWrapped(api, [
      'sh',
      '-c',
      'trap "echo cleaning up; echo sorry >&2; exit 7" TERM; echo up; while :; do sleep 0.02; done',
    ])
    await printed(running, 'up\n')
    running.signal('SIGTERM')
    const { status, stdout, stderr } = await running.done
    expect(status).toBe(7)
    expect(String(stdout)).toBe('up\ncleaning up\n')
    expect(String(stderr)).toBe('sorry\n')
    const [, fail] = api.events()
    expect(fail?.params.get('status_code')).toBe('7')
    expect(fail?.params.get('message')).toContain('cleaning up')
    expect(fail?.params.get('message')).toContain('sorry')
    expect(fail?.params.get('message')).toMatch(/exit status 7$/)
  })

  test('a second TERM reaches a job that has outlived the first', async () => {
    const script =
      'n=0; trap \'n=$((n + 1)); echo "TERM $n"; [ $n -lt 2 ] || exit 5\' TERM; echo up; while :; do sleep 0.02; done'
    const running = startWrapped(api, ['sh', '-c', script])
    await printed(running, 'up\n')
    running.signal('SIGTERM')
    await printed(running, 'TERM 1\n')
    running.signal('SIGTERM')
    const { status, stdout } = await running.done
    expect(status).toBe(5)
    expect(String(stdout)).toBe('up\nTERM 1\nTERM 2\n')
  })

  test('signals are passed on with --no-output as well', async () => {
    const running = startWrapped(api, ['sh', '-c', TELLS], { flags: ['--no-output'] })
    await printed(running, 'up\n')
    running.signal('SIGTERM')
    await printed(running, 'got TERM\n')
    writeFileSync(join(running.home, 'stop'), '')
    expect((await running.done).status).toBe(0)
  })

  test('signals are passed on without the launcher as well', async () => {
    const job = ['sh', '-c', 'trap "echo trapped; exit 9" TERM; echo up; while :; do sleep 0.02; done']
    const running = startWrapped(api, [], { through: [paths.node, paths.bin.execJs, 'a-job', ...job, '#'] })
    await printed(running, 'up\n')
    running.signal('SIGTERM')
    expect((await running.done).status).toBe(9)
  })

  test('a job that is killed while TERM reaches the wrapper is reported as killed', async () => {
    for (let round = 0; round < 6; round++) {
      const running = startWrapped(api, ['sh', '-c', 'echo $$; echo up; exec sleep 60'])
      process.kill(Number.parseInt(await printed(running, 'up\n'), 10), 'SIGKILL')
      running.signal('SIGTERM')
      expect(await running.done).toMatchObject({ status: null, signal: 'SIGKILL' })
    }
  })

  test('a job that is stopped by STOP goes on with a CONT sent to the wrapper', async () => {
    const running = startWrapped(api, ['sh', '-c', 'echo $$; echo up; exec sleep 60'])
    const job = Number.parseInt(await printed(running, 'up\n'), 10)
    process.kill(job, 'SIGSTOP')
    await until('the job is stopped', () => isStopped(job))
    running.signal('SIGCONT')
    await until('the job goes on', () => !isStopped(job))
    running.signal('SIGTERM')
    expect((await running.done).signal).toBe('SIGTERM')
  })

  test('a job under nohup outlives HUP, and TERM still ends it', async () => {
    const running = startWrapped(api, ['sh', '-c', 'echo up; while ! [ -e stop ]; do sleep 0.02; done'], {
      through: ['nohup'],
    })
    await printed(running, 'up\n')
    running.signalGroup('SIGHUP')
    await until('HUP is taken', () => isIdle(running.pid))
    writeFileSync(join(running.home, 'stop'), '')
    expect(await running.done).toMatchObject({ status: 0, signal: null })
    expect(delivered(api)).toEqual(['run', 'complete 0'])

    const other = startWrapped(api, ['sh', '-c', 'echo up; exec sleep 60'], { through: ['nohup'] })
    await printed(other, 'up\n')
    other.signalGroup('SIGHUP')
    other.signal('SIGTERM')
    expect((await other.done).signal).toBe('SIGTERM')
  })
})

describe.skipIf(!hasProc)('stopping (needs /proc to see it)', () => {
  /**
   * TSTP stops no process whose group is orphaned (POSIX, 2.4.3): a shell with job control stays beside it. Its `wait`
   * also returns when a job stops.
   */
  const SHELL = [
    'bash',
    '-c',
    'set -m; "$@" & echo "wrapper $!"; read -r _; while kill -0 $! 2> /dev/null; do wait $!; done; wait $!',
    'bash',
  ]

  function stoppable(job: string): Running {
    return startWrapped(api, ['sh', '-c', `echo "job $$"; ${job}`], { through: SHELL, stdio: ['pipe'] })
  }

  async function pidOf(who: 'wrapper' | 'job', running: Running): Promise<number> {
    const [, pid] = await until(`the ${who} is up`, () => {
      return new RegExp(`${who} (\\d+)\n`).exec(String(running.output().stdout)) ?? undefined
    })
    return Number(pid)
  }

  test('TSTP to the wrapper alone stops the job and the wrapper, CONT lets both go on, again and again', async () => {
    const running = stoppable('exec sleep 60')
    const wrapper = await pidOf('wrapper', running)
    const job = await pidOf('job', running)
    for (let round = 0; round < 5; round++) {
      process.kill(wrapper, 'SIGTSTP')
      await until('both are stopped', () => isStopped(wrapper) && isStopped(job))
      process.kill(wrapper, 'SIGCONT')
      await until('both go on', () => !isStopped(wrapper) && !isStopped(job))
    }
    process.kill(wrapper, 'SIGTERM')
    running.stdin?.end('\n')
    expect((await running.done).status).toBe(143)
    expect(delivered(api)).toEqual(['run', 'fail 143'])
  })

  test('TSTP to the whole group stops both once, and CONT to the group lets both go on', async () => {
    const running = stoppable('exec sleep 60')
    const wrapper = await pidOf('wrapper', running)
    const job = await pidOf('job', running)
    process.kill(-wrapper, 'SIGTSTP')
    await until('both are stopped', () => isStopped(wrapper) && isStopped(job))
    process.kill(-wrapper, 'SIGCONT')
    await until('both go on', () => !isStopped(wrapper) && !isStopped(job))
    await until('signals are taken', () => isIdle(wrapper) && isIdle(job))
    process.kill(wrapper, 'SIGTERM')
    running.stdin?.end('\n')
    expect((await running.done).status).toBe(143)
  })

  test('a TERM that comes while both are stopped ends the job once they go on', async () => {
    const running = stoppable('exec sleep 60')
    const wrapper = await pidOf('wrapper', running)
    const job = await pidOf('job', running)
    process.kill(wrapper, 'SIGTSTP')
    await until('both are stopped', () => isStopped(wrapper) && isStopped(job))
    process.kill(wrapper, 'SIGTERM')
    process.kill(wrapper, 'SIGCONT')
    running.stdin?.end('\n')
    expect((await running.done).status).toBe(143)
  })

  test('a job that ends while the wrapper is stopped is reported as it ended', async () => {
    const running = stoppable('trap "exit 6" USR1; while :; do sleep 0.02; done')
    const wrapper = await pidOf('wrapper', running)
    const job = await pidOf('job', running)
    process.kill(wrapper, 'SIGSTOP')
    await until('the wrapper is stopped', () => isStopped(wrapper))
    process.kill(job, 'SIGUSR1')
    await until('the job has ended', () => isGone(job))
    process.kill(wrapper, 'SIGCONT')
    running.stdin?.end('\n')
    expect((await running.done).status).toBe(6)
    expect(delivered(api)).toEqual(['run', 'fail 6'])
  })
})

describe('before the job is there', () => {
  const JOB = [
    'sh',
    '-c',
    'trap "echo trapped; exit 9" TERM INT HUP QUIT USR1 USR2; echo up; while :; do sleep 0.02; done',
  ]

  /** How long it takes until the job is up, here and now, in milliseconds. */
  async function timeToStart(): Promise<number> {
    const before = performance.now()
    const running = startWrapped(api, JOB)
    await printed(running, 'up\n')
    const elapsed = performance.now() - before
    running.signal('SIGTERM')
    await running.done
    return elapsed
  }

  async function groupIsGone(group: number): Promise<void> {
    await until('nothing is left of the group', () => processes(stat => stat.group === group).length === 0)
  }

  async function sendEarly(name: NodeJS.Signals, delayMs: number): Promise<string> {
    const running = startWrapped(api, JOB, { timeoutMs: 170_000, flags: ['--deliver-within', '60s'] })
    await delay(delayMs)
    running.signal(name)
    const { status, signal, stdout, stderr } = await running.done
    const said = String(stdout)
    // The job's own handler, or, before that was there, the end that the signal brings a process by default.
    if (status === 9) expect(said).toMatch(/^(up\n)?trapped\n$/)
    else if (name === 'SIGQUIT') expect([status, signal]).toContainEqual(signal === null ? 131 : 'SIGQUIT')
    else expect({ signal, said }).toEqual({ signal: name, said: '' })
    expect(String(stderr)).toBe('')
    if (hasProc) await groupIsGone(running.pid)
    return status === 9 ? 'trapped' : 'died'
  }

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)(
    '%s at any time of the start reaches the job or ends the wrapper, and leaves nothing behind',
    async name => {
      const span = 1.2 * (await timeToStart())
      const rounds = 12
      for (let round = 0; round < rounds; round += 2) {
        await Promise.all([round, round + 1].map(step => sendEarly(name, Math.round((span * step) / rounds))))
      }
    },
  )

  test('many signals during the start leave nothing behind', async () => {
    const span = 1.2 * (await timeToStart())
    for (let round = 0; round < 6; round++) {
      const running = startWrapped(api, JOB, { timeoutMs: 170_000 })
      const stop = performance.now() + span
      while (performance.now() < stop) {
        running.signal(round % 2 === 0 ? 'SIGTERM' : 'SIGHUP')
        await delay(1)
      }
      const { status, signal } = await running.done
      expect(status === 9 || signal === 'SIGTERM' || signal === 'SIGHUP').toBe(true)
      if (hasProc) await groupIsGone(running.pid)
    }
  })

  /** A Node.js that sends itself a signal when the job is being started, which no test from outside can aim at. */
  function nodeThatSignalsItself(name: NodeJS.Signals, when: 'before' | 'after'): string {
    const folder = tempDir('node')
    const hook = join(folder, 'hook.cjs')
    const kill = `process.kill(process.pid, '${name}')`
    writeFileSync(
      hook,
      `const childProcess = require('node:child_process')
      const { spawn } = childProcess
      // The launcher may try it first.
      if (!process.argv[1].endsWith('try.js')) childProcess.spawn = (...call) => {
        ${when === 'before' ? kill : ''}
        const child = spawn(...call)
        ${when === 'after' ? kill : ''}
        return child
      }
      require('node:module').syncBuiltinESMExports()`,
    )
    const node = join(folder, 'node')
    writeFileSync(node, `#!/bin/sh\nexec '${paths.node}' --require '${hook}' "$@"\n`)
    chmodSync(node, 0o755)
    return node
  }

  test.skipIf(isExecutable).each(['before', 'after'] as const)(
    `a signal just %s the job is started is not lost${HOOKED}`,
    async when => {
      const running = startWrapped(api, JOB, {
        env: { CRONITOR_NODE: nodeThatSignalsItself('SIGTERM', when) },
        timeoutMs: 170_000,
      })
      const { status, signal } = await running.done
      expect(status === 9 || signal === 'SIGTERM').toBe(true)
      expect(delivered(api)[1]).toBe(status === 9 ? 'fail 9' : 'fail 143')
    },
  )

  test('a signal 5 to 100 ms after the start is not lost', async () => {
    const round = async (ms: number) => {
      const running = startWrapped(api, JOB, { timeoutMs: 170_000 })
      await delay(ms)
      running.signal('SIGTERM')
      const { status, signal } = await running.done
      expect(status === 9 || signal === 'SIGTERM').toBe(true)
      if (hasProc) await groupIsGone(running.pid)
    }
    for (let ms = 5; ms < 100; ms += 6) await Promise.all([round(ms), round(ms + 3)])
  })

  test.skipIf(!hasProc)(
    'SIGUSR1 5 to 40 ms after the start opens no debugger port, and reaches the job or ends the wrapper (needs /proc)',
    async () => {
      const round = async (ms: number) => {
        const running = startWrapped(api, JOB, { timeoutMs: 170_000 })
        await delay(ms)
        running.signal('SIGUSR1')
        let listened = false
        const looks = new Map<string, number>()
        await until('the wrapper has ended', () => {
          listened ||= isListening(running.pid, looks)
          return isGone(running.pid)
        })
        const { status, signal, stderr } = await running.done
        expect(listened).toBe(false)
        expect(String(stderr)).toBe('')
        expect(status === 9 || signal === 'SIGUSR1').toBe(true)
        await groupIsGone(running.pid)
      }
      for (let ms = 5; ms < 40; ms += 4) await Promise.all([round(ms), round(ms + 2)])
    },
  )

  test.skipIf(isExecutable)(
    `a SIGUSR1 that Node.js takes for the debugger’s reaches the job, even if it is slow to open the port${HOOKED}`,
    async () => {
      const folder = tempDir('node')
      const hook = join(folder, 'hook.cjs')
      // As its own thread does: at the start, and some time after the job's.
      writeFileSync(
        hook,
        `const { spawn } = require('node:child_process')
      require('node:child_process').spawn = (...call) => {
        setTimeout(() => require('node:inspector').open(0, '255.255.255.255'), 50)
        return spawn(...call)
      }
      require('node:module').syncBuiltinESMExports()`,
      )
      const node = join(folder, 'node')
      writeFileSync(node, `#!/bin/sh\nexec '${paths.node}' --require '${hook}' "$@"\n`)
      chmodSync(node, 0o755)
      const running = startWrapped(api, JOB, { env: { CRONITOR_NODE: node }, timeoutMs: 170_000 })
      expect((await running.done).status).toBe(9)
      expect(String((await running.done).stdout)).toBe('up\ntrapped\n')
    },
  )

  test.skipIf(!hasProc)('SIGUSR1 to a wrapper whose job runs opens no debugger port', async () => {
    const running = startWrapped(api, ['sh', '-c', TELLS])
    await printed(running, 'up\n')
    running.signal('SIGUSR1')
    await printed(running, 'got USR1\n')
    expect(isListening(running.pid)).toBe(false)
    writeFileSync(join(running.home, 'stop'), '')
    const { status, stderr } = await running.done
    expect(status).toBe(0)
    expect(String(stderr)).toBe('')
  })
})

describe('while the wrapper waits for delivery', () => {
  const LONG = ['--deliver-within', '1h', '--verbose']

  test.each(['TERM', 'INT', 'HUP', 'QUIT'] as const)('%s ends the wait with the job’s status', async name => {
    api.respond = ({ state }) => (state === 'run' ? { status: 200 } : 'hang')
    const running = startWrapped(api, ['sh', '-c', 'echo out; exit 3'], { flags: LONG })
    await api.waitFor(events => events.some(event => event.state === 'fail'))
    running.signal(`SIG${name}`)
    const { status, signal, stdout } = await running.done
    expect({ status, signal, stdout: String(stdout) }).toEqual({ status: 3, signal: null, stdout: 'out\n' })
  })

  test('a signal ends the wait also while `run` is still being sent', async () => {
    api.respond = () => 'hang'
    const running = startWrapped(api, ['sh', '-c', 'exit 4'], { flags: LONG })
    await printed(running, 'the job ended', 'stderr')
    running.signal('SIGTERM')
    const { status, signal } = await running.done
    expect({ status, signal }).toEqual({ status: 4, signal: null })
  })

  test('a signal ends the wait also during the back-off', async () => {
    api.respond = () => ({ status: 503, headers: { 'retry-after': '3000' } })
    const running = startWrapped(api, ['sh', '-c', 'exit 4'], { flags: LONG })
    await printed(running, 'the job ended', 'stderr')
    running.signal('SIGHUP')
    expect((await running.done).status).toBe(4)
  })

  test('a job that was killed by a signal is reported as such, although another signal ended the wait', async () => {
    api.respond = ({ state }) => (state === 'run' ? { status: 200 } : 'hang')
    const running = startWrapped(api, ['sh', '-c', 'kill -USR2 $$'], { flags: LONG })
    await api.waitFor(events => events.some(event => event.state === 'fail'))
    running.signal('SIGTERM')
    expect(await running.done).toMatchObject({ status: null, signal: 'SIGUSR2' })
  })

  /** The answer to `complete` or `fail` waits until it is let go. */
  function heldAnswer(): { readonly letGo: () => void } {
    let letGo = () => {}
    const answer = new Promise<Answer>(resolve => {
      letGo = () => resolve({ status: 200 })
    })
    api.respond = ({ state }) => (state === 'run' ? { status: 200 } : answer)
    return { letGo: () => letGo() }
  }

  test('other signals do not end the wait', async () => {
    const answer = heldAnswer()
    const running = startWrapped(api, ['sh', '-c', 'exit 3'], { flags: ['--deliver-within', '1h'] })
    await api.waitFor(events => events.some(event => event.state === 'fail'))
    for (const name of ['USR1', 'USR2', 'CONT', 'ALRM'] as const) {
      running.signal(`SIG${name}`)
      if (hasProc) await until(`${name} is taken`, () => isIdle(running.pid))
    }
    answer.letGo()
    const { status, stderr } = await running.done
    expect({ status, stderr: String(stderr) }).toEqual({ status: 3, stderr: '' })
    expect(delivered(api)).toEqual(['run', 'fail 3'])
  })

  test('a HUP that nohup ignores does not end the wait', async () => {
    const answer = heldAnswer()
    const running = startWrapped(api, ['sh', '-c', 'exit 3'], {
      flags: ['--deliver-within', '1h'],
      through: ['nohup'],
    })
    await api.waitFor(events => events.some(event => event.state === 'fail'))
    running.signal('SIGHUP')
    if (hasProc) await until('HUP is taken', () => isIdle(running.pid))
    answer.letGo()
    const { status, stderr } = await running.done
    expect({ status, stderr: String(stderr) }).toEqual({ status: 3, stderr: '' })
    expect(delivered(api)).toEqual(['run', 'fail 3'])
  })

  test('a signal to the whole group, which kills the job, does not end the wait', async () => {
    const answer = heldAnswer()
    const running = startWrapped(api, ['sh', '-c', 'echo up; exec sleep 60'], {
      flags: ['--deliver-within', '1h'],
    })
    await printed(running, 'up\n')
    running.signalGroup('SIGTERM')
    await api.waitFor(events => events.some(event => event.state === 'fail'))
    if (hasProc) await until('TERM is taken', () => isIdle(running.pid))
    answer.letGo()
    expect((await running.done).signal).toBe('SIGTERM')
    expect(delivered(api)).toEqual(['run', 'fail 143'])
  })

  test('a second one does', async () => {
    api.respond = ({ state }) => (state === 'run' ? { status: 200 } : 'hang')
    const running = startWrapped(api, ['sh', '-c', 'echo up; exec sleep 60'], {
      flags: ['--deliver-within', '1h'],
    })
    await printed(running, 'up\n')
    running.signalGroup('SIGTERM')
    await api.waitFor(events => events.some(event => event.state === 'fail'))
    const again = setInterval(() => running.signal('SIGTERM'), 50)
    const { signal } = await running.done
    clearInterval(again)
    expect(signal).toBe('SIGTERM')
  })

  test('a signal that ended the job does not end the wait', async () => {
    const answer = heldAnswer()
    const running = startWrapped(api, ['sh', '-c', 'echo up; exec sleep 60'], {
      flags: ['--deliver-within', '1h'],
    })
    await printed(running, 'up\n')
    running.signal('SIGTERM')
    await api.waitFor(events => events.some(event => event.state === 'fail'))
    answer.letGo()
    expect((await running.done).signal).toBe('SIGTERM')
    expect(delivered(api)).toEqual(['run', 'fail 143'])
  })
})
