import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readPipe } from '../../src/system/pipe-reader.ts'
import { writePipe } from '../../src/system/pipe-writer.ts'
import { tempDir } from '../support/temp.ts'

/** Both ends of a pipe, of which the first does not block. */
function openPipe(nonBlocking: 'read' | 'write'): { read: number; write: number } {
  const path = join(tempDir('pipe'), 'fifo')
  execFileSync('mkfifo', [path])
  // Open for both, it does not wait for the other end (fifo(7)).
  const held = openSync(path, constants.O_RDWR)
  const flag = (end: 'read' | 'write') => (end === nonBlocking ? constants.O_NONBLOCK : 0)
  const read = openSync(path, constants.O_RDONLY | flag('read'))
  const write = openSync(path, constants.O_WRONLY | flag('write'))
  closeSync(held)
  return { read, write }
}

test('a reader passes on all bytes in their order, and is closed at the end of the pipe', async () => {
  const { read, write } = openPipe('read')
  let text = ''
  const reader = readPipe(read, chunk => {
    text += chunk.toString('latin1')
    return true
  })
  for (const piece of ['one ', 'two ', 'x'.repeat(50_000)]) writeSync(write, piece)
  closeSync(write)
  await reader.closed
  expect(text).toBe(`one two ${'x'.repeat(50_000)}`)
})

test('a reader that is paused by its callback goes on when it is resumed', async () => {
  const { read, write } = openPipe('read')
  const chunks: string[] = []
  let goOn = (): void => {}
  const paused = new Promise<void>(resolve => {
    goOn = resolve
  })
  const reader = readPipe(read, chunk => {
    chunks.push(chunk.toString('latin1'))
    goOn()
    return false
  })
  writeSync(write, 'first')
  await paused
  writeSync(write, 'second')
  const resuming = setInterval(() => reader.resume(), 5)
  await expect.poll(() => chunks.join('')).toBe('firstsecond')
  closeSync(write)
  await reader.closed
  clearInterval(resuming)
})

test('a reader that is destroyed is closed, although the other end is open', async () => {
  const { read, write } = openPipe('read')
  const reader = readPipe(read, () => true)
  reader.destroy()
  await reader.closed
  closeSync(write)
})

test('a writer resolves once a piece is in the pipe', async () => {
  const { read, write } = openPipe('write')
  const writer = writePipe(write)
  await writer.write(Buffer.from('piece'))
  expect(execFileSync('head', ['-c', '5'], { stdio: [read, 'pipe', 'inherit'], encoding: 'utf8' })).toBe(
    'piece',
  )
  writer.destroy()
  closeSync(read)
})
