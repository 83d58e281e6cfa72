import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { createOutputWriter, writeMessage } from '../../src/system/output-writer.ts'
import { tempDir } from '../support/temp.ts'

const isLinux = process.platform === 'linux'

function fifo(): { readonly read: number; readonly write: number } {
  const path = join(tempDir('writer'), 'pipe')
  execFileSync('mkfifo', [path])
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return { read, write: openSync(path, constants.O_WRONLY) }
}

/** All that is in the pipe now. */
function drain(read: number): number {
  const buffer = Buffer.alloc(1_048_576)
  let total = 0
  try {
    for (let count = 1; count > 0; total += count) count = readSync(read, buffer)
  } catch {
    // EAGAIN: it is empty.
  }
  return total
}

test('a file gets what is written at once', async () => {
  const path = join(tempDir('writer'), 'file')
  const file = openSync(path, 'w')
  const writer = createOutputWriter(file, { onReady: vi.fn(), onFailure: vi.fn() })
  expect(writer.write(Buffer.from('one '))).toBe(true)
  expect(writer.write(Buffer.from('two'))).toBe(true)
  await writer.close()
  closeSync(file)
  expect(readFileSync(path, 'utf8')).toBe('one two')
  expect(writer.failed()).toBeUndefined()
})

test.runIf(isLinux)('a full device fails for good, and the failure is reported once', async () => {
  const full = openSync('/dev/full', 'w')
  const onFailure = vi.fn()
  const writer = createOutputWriter(full, { onReady: vi.fn(), onFailure })
  expect(writer.write(Buffer.from('lost'))).toBe(false)
  expect(writer.write(Buffer.from('lost too'))).toBe(false)
  await Promise.resolve()
  expect(onFailure.mock.calls).toEqual([['ENOSPC']])
  expect(writer.failed()).toBe('ENOSPC')
  closeSync(full)
})

test.runIf(isLinux)(
  'what a full pipe cannot take follows once it is read, and onReady tells so',
  async () => {
    const { read, write } = fifo()
    const size = 300_000
    let ready = (): void => {}
    const isReady = new Promise<void>(resolve => {
      ready = resolve
    })
    const writer = createOutputWriter(write, { onReady: () => ready(), onFailure: vi.fn() })
    expect(writer.write(Buffer.alloc(size, 'x'))).toBe(false)
    let total = 0
    const reading = setInterval(() => {
      total += drain(read)
    }, 1)
    await isReady
    clearInterval(reading)
    total += drain(read)
    expect(total).toBe(size)
    closeSync(read)
    closeSync(write)
  },
)

test.runIf(isLinux)('a pipe that nobody reads any more fails with EPIPE', async () => {
  const { read, write } = fifo()
  const failed = new Promise<string>(resolve => {
    const writer = createOutputWriter(write, { onReady: vi.fn(), onFailure: resolve })
    closeSync(read)
    expect(writer.write(Buffer.from('x'))).toBe(false)
  })
  expect(await failed).toBe('EPIPE')
  closeSync(write)
})

test('a message is written to a file, and to nobody without an error', () => {
  const path = join(tempDir('writer'), 'messages')
  const file = openSync(path, 'w')
  writeMessage(file, 'a message\n')
  closeSync(file)
  writeMessage(file, 'another\n')
  expect(readFileSync(path, 'utf8')).toBe('a message\n')
})
