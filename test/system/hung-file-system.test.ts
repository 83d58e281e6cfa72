/** Waiting for a file system that may not answer. */

import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { close, open } from '../../src/system/file-calls.ts'
import { whileAnswering } from '../../src/system/hung-file-system.ts'
import { readText } from '../../src/system/read-file.ts'
import { tempDir } from '../support/temp.ts'

const NEVER = new Promise<never>(() => {})

afterEach(() => {
  vi.useRealTimers()
})

function fakeTime(): void {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'hrtime'] })
}

/** A call that hangs until it is released. */
function hangingOpen(): { readonly opened: Promise<number>; release(): Promise<void> } {
  const fifo = join(tempDir('silent'), 'fifo')
  execFileSync('mkfifo', [fifo])
  const opened = open(fifo, 'r')
  return {
    opened,
    async release() {
      const writer = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK)
      await close(await opened)
      closeSync(writer)
    },
  }
}

test('a call that is not answered is waited for a third of a second, and the next one not at all', async () => {
  fakeTime()
  const hanging = hangingOpen()
  const first = whileAnswering(hanging.opened, 60_000)
  await vi.advanceTimersByTimeAsync(400)
  expect(await first).toBe(undefined)
  const second = whileAnswering(NEVER, 60_000)
  await vi.advanceTimersByTimeAsync(1)
  expect(await second).toBe(undefined)
  await hanging.release()
})

test('a file system that answers again is waited for again', async () => {
  fakeTime()
  const hanging = hangingOpen()
  const first = whileAnswering(hanging.opened, 60_000)
  await vi.advanceTimersByTimeAsync(400)
  expect(await first).toBe(undefined)
  await hanging.release()
  const file = join(tempDir('silent'), 'file')
  writeFileSync(file, 'text')
  expect(await whileAnswering(readText(file), 60_000)).toBe('text')
})

test('what makes no call is waited for until it is over, and no longer', async () => {
  fakeTime()
  let isOver = false
  let waited: unknown = 'waits'
  void whileAnswering(NEVER, 60_000, () => isOver).then(result => {
    waited = result
  })
  await vi.advanceTimersByTimeAsync(5000)
  expect(waited).toBe('waits')
  isOver = true
  await vi.advanceTimersByTimeAsync(100)
  expect(waited).toBe(undefined)
})

/** Each tick of 20 ms seems to have taken a second: the process had no processor in between, or was stopped. */
function fakeStarvation(): void {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'hrtime'] })
  const ofTimers = process.hrtime
  const starved = (since: [number, number] = [0, 0]): [number, number] => {
    const [seconds, nanoseconds] = ofTimers()
    return [seconds * 50 + nanoseconds / 2e7 - since[0], 0]
  }
  vi.spyOn(process, 'hrtime').mockImplementation(starved as typeof process.hrtime)
}

test('time in which the process could not run does not count', async () => {
  fakeStarvation()
  const hanging = hangingOpen()
  let waited: unknown = 'waits'
  void whileAnswering(hanging.opened, 3000).then(result => {
    waited = result
  })
  await vi.advanceTimersByTimeAsync(200)
  expect(waited).toBe('waits')
  await vi.advanceTimersByTimeAsync(200)
  expect(waited).toBe(undefined)
  await hanging.release()
  vi.restoreAllMocks()
})

test('the caller is told how much time has passed, without that in which the process could not run', async () => {
  fakeStarvation()
  let passed = 0
  const waiting = whileAnswering(NEVER, 60_000, ms => {
    passed += ms
    return passed > 200
  })
  await vi.advanceTimersByTimeAsync(160)
  expect(passed).toBe(200)
  await vi.advanceTimersByTimeAsync(20)
  expect(await waiting).toBe(undefined)
  vi.restoreAllMocks()
})
