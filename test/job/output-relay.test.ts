import { execFileSync } from 'node:child_process'
import { closeSync, constants, fstatSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startOutputRelay } from '../../src/job/output-relay.ts'
import { tempDir } from '../support/temp.ts'

function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor)
    return true
  } catch {
    return false
  }
}

test('a file that gets the number of a pipe that has ended is not read, and not handed on', async () => {
  const folder = tempDir('relay')
  const path = join(folder, 'fifo')
  execFileSync('mkfifo', [path])
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const writeEnd = openSync(path, constants.O_WRONLY)
  const secret = join(folder, 'secret')
  writeFileSync(secret, 'the key')

  const read: string[] = []
  const relay = startOutputRelay(
    readEnd,
    1,
    chunk => read.push(String(chunk)),
    () => ({ write: () => true, failed: () => undefined, close: async () => {} }),
  )
  closeSync(writeEnd)
  // The descriptor is closed in one turn of the event loop, and the relay hears of it in a later one.
  while (isOpen(readEnd)) await nextTurn()
  const other = openSync(secret, 'r')
  expect(other).toBe(readEnd)
  expect(relay.isHeld()).toBe(false)
  await relay.takeRest()
  await relay.ended
  closeSync(other)
  expect(read).toEqual([])
})
