/** What a time-out ends: everything that the job has started, and nothing else. */

import { randomUUID } from 'node:crypto'
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../../../support/fake-api.ts'
import { environmentOf, killMarked, MARK, markedProcesses } from '../../../support/job-processes.ts'
import { asUser, isRoot, userHome, userSpool, whyNoUser } from '../../../support/other-user.ts'
import { hasProc, isGone, isStopped } from '../../../support/process-state.ts'
import { paths, type RunResult, start } from '../../../support/run.ts'
import { delivered, printed, startWrapped, wrapped } from '../../../support/start-wrapper.ts'
import { tempDir } from '../../../support/temp.ts'
import { until } from '../../../support/until.ts'
import { reportingTo } from '../../../support/wrapper.ts'

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

const TIMEOUT = ['--timeout', '500ms', '--kill-after', '300ms']

/** A mark that no other test has. What still carries it at the test's end is killed. */
function newMark(): { readonly mark: string; readonly env: Record<string, string> } {
  const mark = randomUUID()
  onTestFinished(() => killMarked(mark))
  return { mark, env: { [MARK]: mark } }
}

/** The longer ones are for a machine on which the job is not up by then. */
const LIMITS = ['500ms', '5s', '50s']

interface TimedOut extends RunResult {
  readonly limit: string
  /** How many processes of the job are left. */
  readonly left: number
  readonly events: readonly string[]
}

/** Runs a job to the end of its time, which is the shortest in which it comes as far as to print `up`. */
async function timedOut(job: string, flags: readonly string[] = []): Promise<TimedOut> {
  for (const limit of LIMITS) {
    const { mark, env } = newMark()
    const before = delivered(api).length
    const running = startWrapped(api, ['sh', '-c', job], {
      flags: ['--timeout', limit, '--kill-after', '300ms', ...flags],
      env,
    })
    const result = await running.done
    if (result.status === 124 && !String(result.stdout).includes('up\n') && limit !== LIMITS.at(-1)) continue
    return { ...result, limit, left: markedProcesses(mark).length, events: delivered(api).slice(before) }
  }
  throw new Error('there is a last limit')
}

/** The job must be ended with all that it has started. */
async function expectEnded(job: string, flags: readonly string[] = []): Promise<TimedOut> {
  const result = await timedOut(job, flags)
  expect({ status: result.status, left: result.left }).toEqual({ status: 124, left: 0 })
  expect(String(result.stderr)).toBe('')
  expect(result.events).toEqual(['run', 'fail 124'])
  return result
}

describe.skipIf(!hasProc)('a time-out ends (needs /proc)', () => {
  test.each([
    ['children of the job', 'sleep 60 & sleep 60 & echo up; wait'],
    ['a pipeline', 'echo up | cat; sleep 60 | cat'],
    ['children in a session of their own', 'setsid sleep 60 & echo up; sleep 60'],
    ['a daemon: double fork and setsid', '(setsid sh -c "sleep 60 & sleep 60" &); echo up; sleep 60'],
    [
      'a daemon that has another name in the process list',
      `(setsid bash -c 'exec -a "[kworker/0:1]" sleep 60' &); echo up; sleep 60`,
    ],
    ['a child without an environment', 'setsid env -i sleep 60 & echo up; sleep 60'],
    ['a daemon that ignores TERM', `(setsid sh -c "trap '' TERM; sleep 60; sleep 60" &); echo up; sleep 60`],
    ['a stopped job', 'echo up; kill -STOP $$; sleep 60'],
    ['a stopped child in another session', 'setsid sh -c "kill -STOP \\$\\$; sleep 60" & echo up; sleep 60'],
    ['a job with zombies', `sh -c 'sleep 0.05 & exec sleep 60' & echo up; exec sleep 60`],
    ['a job that TERM does not end', `trap '' TERM; echo up; while :; do sleep 0.05; done`],
    ['the job of a nested wrapper', `'${paths.bin.exec}' inner sh -c 'echo up; sleep 60' & wait`],
    [
      'the job of a nested wrapper that has a series of its own',
      `'${paths.bin.exec}' --series other --own-group inner setsid --wait sh -c 'echo up; sleep 60; sleep 60' & wait`,
    ],
  ])('%s', async (name, job) => {
    const { status, stdout, left, events } = await timedOut(job)
    expect({ status, left, stdout: String(stdout) }, name).toEqual({ status: 124, left: 0, stdout: 'up\n' })
    expect(events.toSorted().at(0)).toBe('fail 124')
  })

  test('a job that forks in a loop', async () => {
    const { mark, env } = newMark()
    // Each child is an orphan in a session of its own, and starts the next one before it ends. A hundred of them at most.
    const script = join(tempDir('forks'), 'fork')
    writeFileSync(script, `#!/bin/sh\ntrap '' TERM\nsetsid "$0" </dev/null >/dev/null 2>&1 &\n`, {
      mode: 0o755,
    })
    const running = startWrapped(
      api,
      ['sh', '-c', `for i in 1 2 3; do '${script}'; done; echo up; sleep 60`],
      {
        flags: TIMEOUT,
        env,
      },
    )
    const { status } = await running.done
    expect(status).toBe(124)
    await until('nothing is left', () => markedProcesses(mark).length === 0)
  })

  test('a job may clean up, with commands that do not get the signal', async () => {
    const job = `trap 'sleep 0.3; echo cleaned; exit 5' TERM; echo up; sleep 60 & wait`
    const { stdout } = await expectEnded(job, ['--kill-after', '1h'])
    expect(String(stdout)).toBe('up\ncleaned\n')
  })

  test('with the signal that was asked for', async () => {
    const job = `trap 'echo got INT; exit' INT; echo up; while :; do sleep 0.05; done`
    const { stdout } = await expectEnded(job, ['--signal', 'INT', '--kill-after', '1h'])
    expect(String(stdout)).toBe('up\ngot INT\n')
  })

  test('a job without captured output', async () => {
    await expectEnded('setsid sleep 60 & echo up; sleep 60', ['--no-output'])
  })

  test('a job, and what it has printed is reported, with the time that it took', async () => {
    const { limit } = await expectEnded('echo last words; echo up; sleep 60')
    const end = api.events().findLast(({ state }) => state === 'fail')
    expect(end?.params.get('message')).toBe(`last words\nup\ntimed out after ${limit}`)
    const [, duration = ''] = /^duration:([\d.]+)$/.exec(end?.params.get('metric') ?? '') ?? []
    expect(Number(duration)).toBeGreaterThanOrEqual(0.5)
  })
})

describe.skipIf(!hasProc)('a time-out leaves alone (needs /proc)', () => {
  test('a script that calls the wrapper, and its background jobs', async () => {
    const { mark, env } = newMark()
    const script = `sleep 60 & setsid sleep 60 & "$@"; echo "status $?"; jobs -r | wc -l; echo left`
    const running = startWrapped(api, ['sh', '-c', 'sleep 60 & sleep 60'], {
      through: ['bash', '-c', script, 'script'],
      flags: TIMEOUT,
      env,
    })
    const shown = await printed(running, 'left\n')
    await running.exited
    expect(shown).toMatch(/^status 124\n\s*2\nleft\n$/)
    expect(markedProcesses(mark)).toHaveLength(2)
  })

  test('another run with the same series, and a run around this one', async () => {
    const { mark, env } = newMark()
    const other = startWrapped(api, ['sh', '-c', 'echo up; exec sleep 60'], {
      flags: ['--series', 'same'],
      env,
    })
    await printed(other, 'up\n')
    const outer = startWrapped(
      api,
      [
        'sh',
        '-c',
        `"$@"; echo "inner $?"; exec sleep 60`,
        'sh',
        paths.bin.exec,
        '--series',
        'same',
        ...TIMEOUT,
      ].concat(['inner', 'sh', '-c', 'sleep 60 & sleep 60']),
      { flags: ['--series', 'same'], env },
    )
    await printed(outer, 'inner 124\n')
    // A process has no environment for a moment, while it becomes another program.
    await until(
      'both sleep',
      () =>
        markedProcesses(mark).filter(pid => environmentOf(pid).includes('CRONITOR_SERIES=same')).length >= 2,
    )
    for (const running of [outer, other]) {
      running.signal('SIGTERM')
      expect((await running.done).signal).toBe('SIGTERM')
    }
  })

  test('what a job that ends in time has left in the background', async () => {
    const { mark, env } = newMark()
    const job = 'sleep 60 </dev/null >/dev/null 2>&1 & echo up'
    const running = startWrapped(api, ['sh', '-c', job], { flags: ['--timeout', '1h'], env })
    expect((await running.done).status).toBe(0)
    expect(markedProcesses(mark)).toHaveLength(1)
  })
})

describe('with --timeout', () => {
  test('the job leads a process group if there is no terminal', async () => {
    const running = startWrapped(api, ['sh', '-c', 'echo $$ $(ps -o pgid= -p $$)'], {
      flags: ['--timeout', '1h'],
    })
    expect(String((await running.done).stdout)).toMatch(/^(\d+) \1\n$/)
  })

  test('a job that ends by itself has its own status, or dies of its own signal', async () => {
    const flags = ['--timeout', '1h', '--deadline', '2h']
    expect((await startWrapped(api, ['sh', '-c', 'exit 7'], { flags }).done).status).toBe(7)
    expect((await startWrapped(api, ['sh', '-c', 'kill -9 $$'], { flags }).done).signal).toBe('SIGKILL')
    expect((await startWrapped(api, ['no-such-command'], { flags }).done).status).toBe(127)
  })

  test('0 is no limit, as for GNU timeout', async () => {
    const running = startWrapped(api, ['sleep', '0.5'], { flags: ['--timeout', '0', '--deadline', '0'] })
    expect((await running.done).status).toBe(0)
  })

  test('1000 days are longer than any timer, and not over at once', async () => {
    const flags = ['--timeout', '1000d', '--deadline', '1000d', '--warn-after', '1000d']
    const { status, stderr } = await startWrapped(api, ['sleep', '0.5'], { flags }).done
    expect([status, String(stderr)]).toEqual([0, ''])
  })

  test('a job whose output nobody reads is ended in time, and reported', async () => {
    const running = startWrapped(api, ['sh', '-c', 'exec yes'], { flags: TIMEOUT })
    running.stdout?.pause()
    await until('the end is reported', () => delivered(api).includes('fail 124'))
    running.stdout?.resume()
    expect((await running.done).status).toBe(124)
  })

  test('a stopped wrapper ends the job late, when it goes on', async () => {
    const running = startWrapped(api, ['sh', '-c', 'echo up; sleep 60'], { flags: TIMEOUT })
    // On a busy machine, the time may be over before.
    const isOver = () => isGone(running.pid)
    await until('the job is up', () => isOver() || running.output().stdout.includes('up\n'))
    running.signal('SIGSTOP')
    await until('it is stopped', () => isOver() || isStopped(running.pid))
    await new Promise(resolve => setTimeout(resolve, 800))
    running.signal('SIGCONT')
    expect((await running.done).status).toBe(124)
  })

  test('a short time-out under load ends each job', async () => {
    const flags = ['--timeout', '200ms', '--kill-after', '2s']
    const runs = Array.from({ length: 12 }, () =>
      startWrapped(api, ['sh', '-c', 'sleep 60 & sleep 60'], { flags }),
    )
    const results = await Promise.all(runs.map(({ done }) => done))
    expect(results.map(({ status }) => status)).toEqual(runs.map(() => 124))
  })
})

const noNamespace = isRoot && hasProc ? undefined : 'not root'

describe.skipIf(noNamespace !== undefined)(`without its own /proc (${noNamespace ?? 'by unshare'})`, () => {
  test('the process group of the job is ended, and no process of the host', async () => {
    const { mark, env } = newMark()
    const running = startWrapped(api, ['sh', '-c', 'sleep 60 & echo up; sleep 60'], {
      through: ['unshare', '--pid', '--fork', '--kill-child'],
      flags: TIMEOUT,
      env,
    })
    expect((await running.done).status).toBe(124)
    await until('nothing is left', () => markedProcesses(mark).length === 0)
  })
})

describe.skipIf(!isRoot || whyNoUser() !== undefined)('processes of another user (needs root)', () => {
  test('are left with one warning by a wrapper that may not signal them', async () => {
    const { mark, env } = newMark()
    // As sudo does it: a set-user-ID program. Only the user of this test may enter its folder.
    const helper = join(userHome(), 'become-root')
    copyFileSync('/usr/bin/setpriv', helper)
    chmodSync(helper, 0o4755)
    const asRoot = `'${helper}' --reuid=0 --regid=0 --clear-groups`
    const job = `${asRoot} sleep 60 >/dev/null 2>&1 & echo up; sleep 60`
    const running = start([...asUser(wrapped(['sh', '-c', job], TIMEOUT))], {
      env: { ...reportingTo(api), ...env, CRONITOR_SPOOL_DIR: userSpool() },
    })
    const { status, stderr } = await running.done
    expect(status).toBe(124)
    expect(String(stderr)).toMatch(
      /^cronitor-exec: processes of the job could not be ended: \d+ \((?:sleep|become-root)\)\. They may belong to another user; end them by hand\n$/,
    )
    expect(markedProcesses(mark)).toHaveLength(1)
  })
})
