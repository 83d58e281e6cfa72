/** Output that something in the background still holds when the job has ended goes on without the wrapper. */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../../support/fake-api.ts'
import { descriptorsOf, hasProc, isGone, processes } from '../../support/process-state.ts'
import type { Running } from '../../support/run.ts'
import { delivered, printed, startWrapped, type WrappedOptions } from '../../support/start-wrapper.ts'
import { until } from '../../support/until.ts'

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

/**
 * A job that leaves `child` behind and ends. The child waits until the test lets it go on, and its process id is in the
 * file `child`.
 */
function startJob(child: string, options: WrappedOptions = {}): Running {
  const job = `mkfifo go; { read -r _ < go; ${child}; } & echo $! > child; echo done`
  return startWrapped(api, ['sh', '-c', job], options)
}

/** The wrapper has left, as a process that nothing is held back by. */
async function wrapperExited(running: Running): Promise<void> {
  expect(await running.exited).toMatchObject({ status: 0, signal: null })
}

const letGo = (running: Running) => writeFile(join(running.home, 'go'), '\n')

const childOf = (running: Running) => Number(readFileSync(join(running.home, 'child'), 'utf8'))

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Those that read what the process `writer` has as descriptor `fd`. */
function readersOf(writer: number, fd: number): number[] {
  const pipe = descriptorsOf(writer).get(fd)
  return processes((_, pid) => pid !== process.pid && descriptorsOf(pid).get(0) === pipe)
}

/** The one relay for a stream of the background child. */
async function relayOf(running: Running, fd = 1): Promise<number> {
  const [relay] = await until('one relay reads the pipe', () => {
    const readers = readersOf(childOf(running), fd)
    return readers.length === 1 && readers
  })
  return relay ?? -1
}

test('the wrapper exits and complete is delivered before the child goes on, and its later lines arrive', async () => {
  const running = startJob('echo later; echo later-err >&2')
  await wrapperExited(running)
  expect(delivered(api)).toEqual(['run', 'complete 0'])
  const complete = api.events().find(event => event.state === 'complete')
  expect(complete?.params.get('message')).toBe('done')
  const childWasThere = !isGone(childOf(running))
  await letGo(running)
  const { stdout, stderr, elapsedMs } = await running.done
  expect(childWasThere).toBe(true)
  expect(String(stdout)).toBe('done\nlater\n')
  expect(String(stderr)).toBe('later-err\n')
  const [, seconds] = /^duration:([\d.]+)$/.exec(complete?.params.get('metric') ?? '') ?? []
  expect(Number(seconds) * 1000).toBeLessThan(elapsedMs)
})

test.each([
  ['its status', 'exit 3', { status: 3, signal: null }, 'fail 3'],
  ['the signal that killed it', 'kill -TERM $$', { status: null, signal: 'SIGTERM' }, 'fail 143'],
] as const)('a job that leaves a child behind is reported with %s', async (_, end, expected, event) => {
  const job = `mkfifo go; { read -r _ < go; echo later; } & echo done; ${end}`
  const running = startWrapped(api, ['sh', '-c', job])
  expect(await running.exited).toMatchObject(expected)
  expect(delivered(api)).toEqual(['run', event])
  await letGo(running)
  expect(String((await running.done).stdout)).toBe('done\nlater\n')
})

test.each([
  ['stdout', ''],
  ['stderr', ' >&2'],
] as const)(
  '10 MB that the child writes to %s after the wrapper has left arrive whole',
  async (stream, to) => {
    const running = startJob(`head -c 10485760 /dev/urandom > data; cat data${to}`)
    await wrapperExited(running)
    await letGo(running)
    const result = await running.done
    const data = readFileSync(join(running.home, 'data'))
    const bytes = stream === 'stdout' ? result.stdout.subarray('done\n'.length) : result.stderr
    expect(bytes.length).toBe(10_485_760)
    expect(sha256(bytes)).toBe(sha256(data))
  },
)

test('a child that writes without a pause while the wrapper exits loses no byte', async () => {
  for (let round = 0; round < 5; round++) {
    const chunks: Buffer[] = []
    let bytes = 0
    const running = startWrapped(api, ['sh', '-c', 'seq 1000000000 & echo $! > child'], {
      onStdout(chunk) {
        chunks.push(chunk)
        bytes += chunk.length
      },
    })
    await wrapperExited(running)
    const before = bytes
    await until('more has come', () => bytes > before + 100_000)
    process.kill(childOf(running), 'SIGTERM')
    await running.done
    const lines = String(Buffer.concat(chunks)).split('\n')
    lines.pop() // It may have been killed in the middle of a line.
    expect(lines.length).toBeGreaterThan(10_000)
    expect(lines.findIndex((line, index) => line !== String(index + 1))).toBe(-1)
  }
})

test('the wrapper exits although a child writes faster than can be read', async () => {
  const running = startWrapped(api, ['sh', '-c', 'yes & echo $! > child'], { stdio: ['null', 'null'] })
  try {
    await wrapperExited(running)
    expect(isGone(childOf(running))).toBe(false)
    expect(delivered(api)).toEqual(['run', 'complete 0'])
  } finally {
    process.kill(childOf(running), 'SIGTERM')
    await running.done
  }
})

test('stdout and stderr that are one pipe keep the order of their lines', async () => {
  const running = startJob('for i in 1 2 3; do echo out $i; echo err $i >&2; done', {
    through: ['sh', '-c', 'exec "$@" 2>&1', 'sh'],
  })
  await wrapperExited(running)
  await letGo(running)
  const { stdout, stderr } = await running.done
  expect(String(stdout)).toBe('done\nout 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n')
  expect(String(stderr)).toBe('')
})

test('with --no-output nothing stands between the child and stdout', async () => {
  const running = startJob('echo later', { flags: ['--no-output'] })
  await wrapperExited(running)
  await letGo(running)
  expect(String((await running.done).stdout)).toBe('done\nlater\n')
})

test('the wrapper exits as well if nothing is reported because there is no API key', async () => {
  const running = startJob('echo later', { env: { CRONITOR_API_KEY: undefined }, flags: ['--quiet'] })
  await wrapperExited(running)
  await letGo(running)
  const { stdout, stderr } = await running.done
  expect(String(stdout)).toBe('done\nlater\n')
  expect(String(stderr)).toBe('')
  expect(api.events()).toEqual([])
})

test('a child that outlives a reader gets SIGPIPE in the end', async () => {
  const running = startJob('( while :; do echo more; done ); echo $? > result')
  await wrapperExited(running)
  running.stdout?.destroy()
  await letGo(running)
  const result = join(running.home, 'result')
  await until('the child has ended', () => existsSync(result) && readFileSync(result, 'utf8') !== '')
  expect(readFileSync(result, 'utf8')).toBe('141\n')
})

test('a job survives a wrapper that is killed with KILL, until it writes', async () => {
  const running = startWrapped(api, [
    'sh',
    '-c',
    'mkfifo go; echo up; read -r _ < go; touch going-on; ( while :; do echo more; done ); echo $? > result',
  ])
  await printed(running, 'up\n')
  running.signal('SIGKILL')
  expect((await running.exited).signal).toBe('SIGKILL')
  await letGo(running)
  const result = join(running.home, 'result')
  await until('the job has ended', () => existsSync(result) && readFileSync(result, 'utf8') !== '')
  expect(existsSync(join(running.home, 'going-on'))).toBe(true)
  expect(readFileSync(result, 'utf8')).toBe('141\n')
})

describe.skipIf(!hasProc)('the relay (needs /proc)', () => {
  test.each([
    ['stdout', 1],
    ['stderr', 2],
  ] as const)('of %s is there once the wrapper has left, and ends with the child', async (_, fd) => {
    const running = startJob('echo later')
    await wrapperExited(running)
    const relay = await relayOf(running, fd)
    expect(isGone(relay)).toBe(false)
    await letGo(running)
    await running.done
    await until('the relay has ended', () => isGone(relay))
  })

  test('ends when the child has closed its output, even if the child lives on', async () => {
    const running = startJob('exec >/dev/null 2>&1; until [ -e stop ]; do sleep 0.02; done')
    await wrapperExited(running)
    const relay = await relayOf(running)
    await letGo(running)
    await running.done
    await until('the relay has ended', () => isGone(relay))
    expect(isGone(childOf(running))).toBe(false)
    writeFileSync(join(running.home, 'stop'), '')
    await until('the child has ended', () => isGone(childOf(running)))
  })

  test('outlives a HUP to the wrapper’s group, as the child of nohup does', async () => {
    const running = startJob('echo later', { through: ['nohup'] })
    await wrapperExited(running)
    const relay = await relayOf(running)
    running.signalGroup('SIGHUP')
    await letGo(running)
    expect(String((await running.done).stdout)).toBe('done\nlater\n')
    await until('the relay has ended', () => isGone(relay))
  })

  /** With a lock on 9 and on 200, as scripts take one; the child has closed both. */
  const LOCKS = ['bash', '-c', 'exec 9> lock9 200> lock200; flock 9; flock 200; exec "$@"', 'bash']

  test('holds no other descriptor than the pipe and the wrapper’s own stdout or stderr', async () => {
    const running = startJob('echo later', { through: LOCKS })
    await wrapperExited(running)
    const [out, err] = [await relayOf(running, 1), await relayOf(running, 2)]
    const open = [descriptorsOf(out), descriptorsOf(err)]
    const ofChild = descriptorsOf(childOf(running))
    await letGo(running)
    await running.done
    expect(open.map(descriptors => [...descriptors.keys()].sort())).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ])
    // The child itself has them, as without the wrapper: then only this test shows anything.
    expect([...ofChild.keys()]).toEqual(expect.arrayContaining([9, 200]))
    expect(open[0]?.get(2)).toBe('/dev/null')
    expect(open[1]?.get(2)).toBe('/dev/null')
  })

  test('lets a lock go that the child has let go', async () => {
    const script = 'exec 9>&- 200>&-; mkfifo go; { read -r _ < go; echo later; } & echo $! > child; echo done'
    const running = startWrapped(api, ['bash', '-c', script], { through: LOCKS })
    await wrapperExited(running)
    await relayOf(running)
    const held = processes((_, pid) =>
      [...descriptorsOf(pid).values()].some(path => path.startsWith(join(running.home, 'lock'))),
    )
    await letGo(running)
    await running.done
    expect(held).toEqual([])
  })
})
