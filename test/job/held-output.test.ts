import { expect, test, vi } from 'vitest'
import { holdOutput } from '../../src/job/held-output.ts'
import { createOutputStore, type OutputStore } from '../../src/job/output-store.ts'
import type { OutputWriter, WriterEvents } from '../../src/system/output-writer.ts'

const noFile = (): never => {
  throw new Error('the disk is full (/var/tmp)')
}

/** Writers that take one chunk and then are busy until `ready`. */
function setUp(store: OutputStore = createOutputStore(10_000_000, noFile)) {
  const written: string[] = []
  const busy: (() => void)[] = []
  const onProblem = vi.fn()
  let failed: string | undefined
  const createWriter = (descriptor: 1 | 2, events: WriterEvents): OutputWriter => ({
    write(chunk) {
      written.push(`${descriptor}:${chunk}`)
      busy.push(events.onReady)
      return false
    },
    failed: () => failed,
    close: async () => void written.push(`${descriptor} closed`),
  })
  const held = holdOutput(store, createWriter, onProblem)
  const open = (descriptor: 1 | 2) => {
    const events = { onReady: vi.fn(), onFailure: vi.fn() }
    return { ...held.createWriter(descriptor, events), events }
  }
  return {
    held,
    written,
    onProblem,
    open,
    stdout: open(1),
    stderr: open(2),
    fail(code: string) {
      failed = code
    },
    /** Lets each write be done, until nothing is to be written. */
    async drain() {
      for (let idle = 0; idle < 20; idle += 1) {
        await Promise.resolve()
        const next = busy.shift()
        if (next === undefined) continue
        next()
        idle = 0
      }
    },
  }
}

test('shows what was held in the order in which it came, then what comes later', async () => {
  const { held, written, stdout, stderr, drain } = setUp()
  expect(stdout.write(Buffer.from('a'))).toBe(true)
  expect(stderr.write(Buffer.from('b'))).toBe(true)
  expect(stdout.write(Buffer.from('c'))).toBe(true)
  expect(written).toEqual([])
  void held.show()
  expect(stdout.write(Buffer.from('d'))).toBe(false)
  await drain()
  expect(stdout.events.onReady).toHaveBeenCalledTimes(1)
  expect(stderr.write(Buffer.from('e'))).toBe(false)
  expect(written).toEqual(['1:a', '2:b', '1:c', '1 closed', '2 closed', '1:d', '2:e'])
})

test('close waits until everything that was held is written', async () => {
  const { held, written, stdout, drain } = setUp()
  stdout.write(Buffer.from('a'))
  const shown = held.show()
  const closed = stdout.close()
  await drain()
  await Promise.all([shown, closed])
  expect(written).toEqual(['1:a', '1 closed'])
})

test('a job that was started again has writers of its own; a line can stand between', async () => {
  const { held, written, stdout, open, drain } = setUp()
  stdout.write(Buffer.from('first'))
  await stdout.close()
  held.add('failed')
  held.add('')
  const again = open(1)
  again.write(Buffer.from('second'))
  void held.show()
  stdout.write(Buffer.from('late'))
  await drain()
  expect(written).toEqual(['1:first', '2:failed', '1:second', '1 closed', '2 closed', '1:late'])
})

test('drops everything after a success', async () => {
  const { held, written, stdout, drain } = setUp()
  stdout.write(Buffer.from('a'))
  held.discard()
  expect(stdout.isDiscarding?.()).toBe(true)
  expect(stdout.write(Buffer.from('b'))).toBe(true)
  void held.show()
  await drain()
  await stdout.close()
  expect(written).toEqual([])
})

test('shows everything from the chunk on that cannot be stored', async () => {
  const { held, written, stdout, stderr, onProblem, drain } = setUp(createOutputStore(12, noFile))
  expect(stdout.write(Buffer.from('a'))).toBe(true)
  expect(stdout.write(Buffer.from('too long'))).toBe(false)
  expect(stderr.write(Buffer.from('at the same time'))).toBe(false)
  await drain()
  expect(written).toEqual(['1:a', '1 closed', '1:too long', '2:at the same time'])
  expect(onProblem.mock.calls).toEqual([
    ['the output cannot be held back, so it is shown: the disk is full (/var/tmp)'],
  ])
  expect(stdout.events.onReady).toHaveBeenCalledTimes(1)
  held.discard()
  expect(stdout.isDiscarding?.()).toBe(false)
})

test('a reader that goes away does not keep the other stream from being shown', async () => {
  const { held, written, stdout, fail, drain } = setUp()
  stdout.write(Buffer.from('a'))
  stdout.write(Buffer.from('b'))
  void held.show()
  fail('EPIPE')
  await drain()
  await stdout.close()
  expect(written).toEqual(['1 closed'])
  expect(stdout.failed()).toBe('EPIPE')
})
