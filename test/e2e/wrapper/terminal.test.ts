/** A job in a terminal: keys, job control and settings act on it as they do without the wrapper. */

import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../../support/fake-api.ts'
import { hasProc, isIdle, isStopped } from '../../support/process-state.ts'
import { isExecutable, paths } from '../../support/run.ts'
import { delivered, wrapped } from '../../support/start-wrapper.ts'
import { tempDir } from '../../support/temp.ts'
import {
  CTRL_BACKSLASH,
  CTRL_C,
  CTRL_Z,
  hasPty,
  shown,
  startInTerminal,
  type Terminal,
} from '../../support/terminal.ts'
import { until } from '../../support/until.ts'
import { reportingTo } from '../../support/wrapper.ts'

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

/** A job that counts signals and goes on until a file named `stop` is there. */
const COUNTS = `
trap 'echo got INT' INT; trap 'echo got QUIT' QUIT; trap 'echo got WINCH' WINCH
echo "job $$ wrapper $PPID"
while ! [ -e "$HOME/stop" ]; do sleep 0.02; done
echo finished`

/** In the same terminal, `wrapper` stands for the wrapper's words before the job's, and `job` for COUNTS. */
function inTerminal(argv: readonly string[], flags: readonly string[] = []): Terminal {
  const folder = tempDir('terminal')
  const script = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), 0o755)
  }
  // bash, since dash starts a program by vfork, and waits unstopped (state D) for a child that is stopped in between.
  script('job', `#!/usr/bin/env bash\n${COUNTS}`)
  script('wrapper', `#!/bin/sh\nexec '${wrapped([], flags).join("' '")}' "$@"\n`)
  return startInTerminal(argv, {
    env: { ...reportingTo(api), PATH: `${folder}:/usr/local/bin:/usr/bin:/bin` },
  })
}

const inShell = (script: string, shell = 'sh') => inTerminal([shell, '-c', script])

const interactive = () => inTerminal(['bash', '--norc', '--noprofile', '--noediting', '-i'])

async function seen(terminal: Terminal, pattern: RegExp): Promise<RegExpExecArray> {
  return await until(`${pattern} in the terminal`, () => pattern.exec(shown(terminal)) ?? undefined)
}

async function pids(terminal: Terminal): Promise<{ readonly job: number; readonly wrapper: number }> {
  const [, job, wrapper] = await seen(terminal, /job (\d+) wrapper (\d+)\n/)
  return { job: Number(job), wrapper: Number(wrapper) }
}

function stop(terminal: Terminal): void {
  writeFileSync(join(terminal.home, 'stop'), '')
}

const count = (text: string, part: string) => text.split(part).length - 1

describe.skipIf(!hasPty || !hasProc)('in a terminal (needs python3 and /proc)', () => {
  test.each([
    ['Ctrl-C', CTRL_C, 'got INT'],
    ['Ctrl-\\', CTRL_BACKSLASH, 'got QUIT'],
  ])('%s reaches the job once each time', async (_, key, words) => {
    const terminal = inShell('trap : INT QUIT; wrapper job; echo "status $?"')
    const { wrapper } = await pids(terminal)
    for (const time of [1, 2, 3]) {
      terminal.type(key)
      await until(`${words}, ${time} times`, () => count(shown(terminal), words) >= time)
      await until('the wrapper has taken it', () => isIdle(wrapper))
    }
    stop(terminal)
    await terminal.done
    expect(count(shown(terminal), words)).toBe(3)
    expect(shown(terminal)).toMatch(/finished\nstatus 0\n$/)
    expect(delivered(api)).toEqual(['run', 'complete 0'])
  })

  describe.each(['bash', 'sh'])('in a loop of %s', shell => {
    const LOOP = (prefix: string) =>
      `for i in 1 2 3; do ${prefix} sh -c 'echo up; exec sleep 60'; echo "round $i: $?"; done; echo over`

    async function afterKey(script: string, key: string): Promise<object> {
      const terminal = inShell(script, shell)
      await seen(terminal, /^up$/m)
      terminal.type(key)
      const { status, signal } = await terminal.done
      return { status, signal, shown: shown(terminal) }
    }

    test('Ctrl-C ends the job and the loop as without the wrapper', async () => {
      const bare = await afterKey(LOOP(''), CTRL_C)
      expect(await afterKey(LOOP('wrapper'), CTRL_C)).toEqual(bare)
      expect(bare).toMatchObject({ shown: 'up\n^C', status: 130 })
      expect(delivered(api)).toEqual(['run', 'fail 130'])
    })
  })

  test('Ctrl-\\ ends the job, and the shell sees 131', async () => {
    const terminal = inShell(
      'trap : QUIT; ulimit -c 0; wrapper sh -c "echo up; exec sleep 60"; echo "status $?"',
    )
    await seen(terminal, /^up$/m)
    terminal.type(CTRL_BACKSLASH)
    await terminal.done
    expect(shown(terminal)).toMatch(/status 131\n$/)
    expect(delivered(api)).toEqual(['run', 'fail 131'])
  })

  test('Ctrl-C with a job that handles it and exits 0 leaves the shell going, as without the wrapper', async () => {
    const script = (prefix: string) =>
      `${prefix} sh -c 'trap "exit 0" INT; echo up; while :; do sleep 0.02; done'; echo "status $?"`
    const results = []
    for (const prefix of ['', 'wrapper']) {
      const terminal = inShell(script(prefix), 'bash')
      await seen(terminal, /^up$/m)
      terminal.type(CTRL_C)
      results.push([(await terminal.done).status, shown(terminal)])
    }
    expect(results[1]).toEqual(results[0])
    expect(results[0]).toEqual([0, 'up\n^Cstatus 0\n'])
  })

  test('Ctrl-Z stops job and wrapper; fg, bg and fg again let them go on to their end', async () => {
    const terminal = interactive()
    terminal.type('wrapper job\n')
    const { job, wrapper } = await pids(terminal)
    const stopped = () => isStopped(job) && isStopped(wrapper)
    const goingOn = () => !isStopped(job) && !isStopped(wrapper)
    for (const [index, command] of ['fg', 'fg', 'bg'].entries()) {
      terminal.type(CTRL_Z)
      await until('both are stopped', stopped)
      await seen(terminal, new RegExp(`(Stopped[\\s\\S]*){${index + 1}}\\$ `))
      terminal.type(`${command}\n`)
      await until('both go on', goingOn)
    }
    stop(terminal)
    await seen(terminal, /finished/)
    terminal.type('wait %1; echo "stat""us $?"\nexit\n')
    await terminal.done
    expect(shown(terminal)).toContain('status 0\n')
    expect(delivered(api)).toEqual(['run', 'complete 0'])
  })

  test('Ctrl-C after Ctrl-Z and fg reaches the job once', async () => {
    const terminal = interactive()
    terminal.type('wrapper job\n')
    const { job, wrapper } = await pids(terminal)
    terminal.type(CTRL_Z)
    await until('both are stopped', () => isStopped(job) && isStopped(wrapper))
    await seen(terminal, /Stopped[\s\S]*\$ /)
    terminal.type('fg\n')
    await until('both go on', () => !isStopped(job) && !isStopped(wrapper))
    terminal.type(CTRL_C)
    await seen(terminal, /got INT/)
    await until('the wrapper has taken it', () => isIdle(wrapper))
    stop(terminal)
    await seen(terminal, /finished/)
    terminal.type('exit\n')
    await terminal.done
    expect(count(shown(terminal), 'got INT')).toBe(1)
  })

  test('Ctrl-Z does nothing if TSTP was ignored from the start', async () => {
    const terminal = interactive()
    terminal.type('(trap "" TSTP; exec wrapper job)\n')
    const { job, wrapper } = await pids(terminal)
    terminal.type(CTRL_Z)
    await seen(terminal, /\^Z/)
    await until('signals are taken', () => isIdle(wrapper) || isStopped(wrapper))
    expect([isStopped(job), isStopped(wrapper)]).toEqual([false, false])
    stop(terminal)
    await seen(terminal, /finished/)
    terminal.type('echo "stat""us $?"\nexit\n')
    await terminal.done
    expect(shown(terminal)).toContain('status 0\n')
  })

  test('a background job gets an INT that is sent to the wrapper', async () => {
    const terminal = interactive()
    terminal.type('wrapper job &\n')
    const { wrapper } = await pids(terminal)
    process.kill(wrapper, 'SIGINT')
    await seen(terminal, /got INT/)
    process.kill(wrapper, 'SIGQUIT')
    await seen(terminal, /got QUIT/)
    stop(terminal)
    terminal.type('wait\nexit\n')
    await terminal.done
    expect(count(shown(terminal), 'got INT')).toBe(1)
    expect(delivered(api)).toEqual(['run', 'complete 0'])
  })

  test('Ctrl-C does not reach a background job', async () => {
    const terminal = interactive()
    terminal.type('wrapper job &\n')
    const { wrapper } = await pids(terminal)
    terminal.type(CTRL_C)
    await seen(terminal, /\^C/)
    await until('the wrapper has nothing to do', () => isIdle(wrapper))
    stop(terminal)
    terminal.type('wait\nexit\n')
    await terminal.done
    expect(shown(terminal)).not.toContain('got INT')
    expect(delivered(api)).toEqual(['run', 'complete 0'])
  })

  test('the job reads a line that is typed, from the terminal itself', async () => {
    const terminal = inShell(
      `wrapper sh -c 'test -t 0 && echo "a terminal"; read -r line; echo "read <$line>"'; read -r line; echo "left <$line>"`,
    )
    await seen(terminal, /a terminal/)
    terminal.type('one\ntwo\n')
    await terminal.done
    expect(shown(terminal)).toContain('read <one>\n')
    expect(shown(terminal)).toContain('left <two>\n')
  })

  test('the job’s stdout is the terminal with --no-output, and a pipe without', async () => {
    const script = 'for fd in 0 1 2; do if [ -t $fd ]; then echo "$fd yes"; else echo "$fd no"; fi; done'
    const shownWith = async (flags: readonly string[]) => {
      const terminal = inTerminal(['wrapper', 'sh', '-c', script], flags)
      expect((await terminal.done).status).toBe(0)
      return shown(terminal)
    }
    expect(await shownWith(['--no-output'])).toBe('0 yes\n1 yes\n2 yes\n')
    expect(await shownWith([])).toBe('0 yes\n1 no\n2 no\n')
  })

  test('output on stdout and stderr keeps its order if both are the terminal', async () => {
    const terminal = inTerminal([
      'wrapper',
      'sh',
      '-c',
      'for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done',
    ])
    await terminal.done
    expect(shown(terminal)).toBe([1, 2, 3, 4, 5].map(i => `out ${i}\nerr ${i}\n`).join(''))
  })

  test('a change of the window’s size reaches the job and does no harm', async () => {
    const terminal = inTerminal(['wrapper', 'job'])
    await pids(terminal)
    terminal.resize()
    await seen(terminal, /got WINCH/)
    stop(terminal)
    expect((await terminal.done).status).toBe(0)
    expect(shown(terminal)).toMatch(/finished\n$/)
    expect(delivered(api)).toEqual(['run', 'complete 0'])
  })

  describe('with --own-group', () => {
    const own = (argv: readonly string[]) => inTerminal(argv, ['--own-group'])
    const interactiveOwn = () => own(['bash', '--norc', '--noprofile', '--noediting', '-i'])

    test.each([
      ['Ctrl-C', CTRL_C, 'got INT'],
      ['Ctrl-\\', CTRL_BACKSLASH, 'got QUIT'],
    ])('%s reaches the job once each time', async (_, key, words) => {
      const terminal = own(['sh', '-c', 'trap : INT QUIT; wrapper job; echo "status $?"'])
      const { wrapper } = await pids(terminal)
      for (const time of [1, 2, 3]) {
        terminal.type(key)
        await until(`${words}, ${time} times`, () => count(shown(terminal), words) >= time)
        await until('the wrapper has taken it', () => isIdle(wrapper))
      }
      stop(terminal)
      await terminal.done
      expect(count(shown(terminal), words)).toBe(3)
      expect(shown(terminal)).toMatch(/finished\nstatus 0\n$/)
      expect(delivered(api)).toEqual(['run', 'complete 0'])
    })

    test('Ctrl-C ends a job that does not handle it, and its child', async () => {
      const terminal = own([
        'sh',
        '-c',
        `trap : INT; wrapper sh -c 'sh -c "echo up; exec sleep 60"; echo not reached'; echo "status $?"`,
      ])
      await seen(terminal, /^up$/m)
      terminal.type(CTRL_C)
      await terminal.done
      expect(shown(terminal)).toBe('up\n^Cstatus 130\n')
      expect(delivered(api)).toEqual(['run', 'fail 130'])
    })

    test('Ctrl-Z stops job and wrapper; fg, bg and fg again let them go on to their end', async () => {
      const terminal = interactiveOwn()
      terminal.type('wrapper job\n')
      const { job, wrapper } = await pids(terminal)
      for (const [index, command] of ['fg', 'fg', 'bg'].entries()) {
        terminal.type(CTRL_Z)
        await until('both are stopped', () => isStopped(job) && isStopped(wrapper))
        await seen(terminal, new RegExp(`(Stopped[\\s\\S]*){${index + 1}}\\$ `))
        terminal.type(`${command}\n`)
        await until('both go on', () => !isStopped(job) && !isStopped(wrapper))
      }
      stop(terminal)
      await seen(terminal, /finished/)
      terminal.type('wait %1; echo "stat""us $?"\nexit\n')
      await terminal.done
      expect(shown(terminal)).toContain('status 0\n')
    })

    test('the job reads a line that is typed, also after Ctrl-Z and fg', async () => {
      const terminal = interactiveOwn()
      terminal.type(
        `wrapper sh -c 'echo "job $$ wrapper $PPID"; read -r a; echo "a <$a>"; read -r b; echo "b <$b>"'\n`,
      )
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
      terminal.type('exit\n')
      await terminal.done
    })

    test('a script goes on to read from the terminal behind the wrapper', async () => {
      const terminal = own(['sh', '-c', 'wrapper true; read -r line; echo "left <$line>"'])
      terminal.type('typed\n')
      await terminal.done
      expect(shown(terminal)).toContain('left <typed>\n')
    })

    test('a change of the window’s size reaches the job', async () => {
      const terminal = own(['wrapper', 'job'])
      await pids(terminal)
      terminal.resize()
      await seen(terminal, /got WINCH/)
      stop(terminal)
      expect((await terminal.done).status).toBe(0)
    })

    test('HUP of a terminal that goes away reaches the job', async () => {
      const terminal = own([
        'wrapper',
        'sh',
        '-c',
        'trap \'echo x > "$HOME/hung-up"; exit 4\' HUP; echo "job $$ wrapper $PPID"; while :; do sleep 0.02; done',
      ])
      await pids(terminal)
      terminal.hangUp()
      await terminal.done
      expect(readFileSync(join(terminal.home, 'hung-up'), 'utf8')).toBe('x\n')
      expect(delivered(api)).toEqual(['run', 'fail 4'])
    })
  })

  describe('the terminal’s settings', () => {
    const settings = (terminal: Terminal, name: string) => readFileSync(join(terminal.home, name), 'utf8')

    test('are the same before, during and after', async () => {
      const terminal = inShell(
        'stty -a > before; wrapper sh -c "stty -a > during; echo out; exit 3"; stty -a > after',
      )
      expect((await terminal.done).status).toBe(0)
      expect(settings(terminal, 'during')).toBe(settings(terminal, 'before'))
      expect(settings(terminal, 'after')).toBe(settings(terminal, 'before'))
    })

    test('that the job changes stay changed, as without the wrapper', async () => {
      const results = []
      for (const prefix of ['', 'wrapper']) {
        const terminal = inShell(`${prefix} stty -echo intr ^K; stty -a > after`)
        await terminal.done
        results.push(settings(terminal, 'after'))
      }
      expect(results[0]).toContain('-echo ')
      expect(results[1]).toBe(results[0])
    })

    test('that others change while the wrapper is in the background stay changed at its end', async () => {
      const terminal = interactive()
      terminal.type('wrapper job &\n')
      await pids(terminal)
      terminal.type('stty -echo intr ^K; stty -a > changed\n')
      await until('they are changed', () => existing(terminal, 'changed')?.endsWith('\n'))
      stop(terminal)
      terminal.type('wait; stty -a > after; exit\n')
      await terminal.done
      expect(settings(terminal, 'after')).toBe(settings(terminal, 'changed'))
    })

    function existing(terminal: Terminal, name: string): string | undefined {
      try {
        return settings(terminal, name)
      } catch {
        return undefined
      }
    }
  })

  test.each([[[]], [['--no-output']]])(
    'a terminal that goes away changes nothing for a job that ignores HUP, with options %j',
    async flags => {
      const terminal = inTerminal(
        [
          'sh',
          '-c',
          'trap "" HUP; wrapper sh -c \'echo "job $$ wrapper $PPID"; while ! [ -e "$HOME/stop" ]; do sleep 0.02; done; exit 3\'; echo $? > "$HOME/status"',
        ],
        flags,
      )
      const { wrapper } = await pids(terminal)
      terminal.hangUp()
      await until('the terminal is gone', () => !canOpen(`/proc/${wrapper}/fd/0`))
      stop(terminal)
      await terminal.done
      expect(readFileSync(join(terminal.home, 'status'), 'utf8')).toBe('3\n')
      expect(delivered(api)).toEqual(['run', 'fail 3'])
    },
  )

  function canOpen(path: string): boolean {
    try {
      readFileSync(path, { flag: 'r' })
      return true
    } catch {
      return false
    }
  }

  test('Ctrl-C 5 to 100 ms after the start is not lost', async () => {
    const round = async (ms: number) => {
      const terminal = inShell('echo up; exec wrapper sleep 60')
      await seen(terminal, /^up$/m)
      await delay(ms)
      terminal.type(CTRL_C)
      expect((await terminal.done).status).toBe(130)
    }
    for (let ms = 5; ms < 100; ms += 12) await Promise.all([round(ms), round(ms + 6)])
  })

  test.skipIf(isExecutable).each(['before', 'after'] as const)(
    `Ctrl-C just %s the job is started is not lost${isExecutable ? ' (skipped: loads a hook into Node.js)' : ''}`,
    async when => {
      const folder = tempDir('node')
      const hook = join(folder, 'hook.cjs')
      // To the whole foreground group, as the terminal sends it; bin/try.js has another group.
      const kill = `if (process.argv[1].endsWith('/cronitor-exec.js')) process.kill(0, 'SIGINT')`
      writeFileSync(
        hook,
        `const childProcess = require('node:child_process')
        const { spawn } = childProcess
        childProcess.spawn = (...call) => {
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
      const terminal = startInTerminal(wrapped(['sleep', '60']), {
        env: { ...reportingTo(api), CRONITOR_NODE: node },
        timeoutMs: 170_000,
      })
      expect((await terminal.done).status).toBe(130)
      expect(delivered(api)).toEqual(['run', 'fail 130'])
    },
  )
})
