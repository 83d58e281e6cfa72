import { PassThrough, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createServeOutput } from '../../../src/commands/serve/serve-output.ts'

function output(isJson: boolean, stdout: Writable = new PassThrough()) {
  const stderr = new PassThrough()
  let unreadable = 0
  const made = createServeOutput({ stdout, stderr }, isJson, () => {
    unreadable += 1
  })
  const read = (stream: Writable) => (stream instanceof PassThrough ? String(stream.read() ?? '') : '')
  return { ...made, out: () => read(stdout), err: () => read(stderr), unreadable: () => unreadable }
}

test('the address is the first line, even if others were printed before', () => {
  const { say, announce, lines, out } = output(false)
  say('Mail on 2525', { mail: 2525 })
  expect(out()).toBe('')
  announce('Listening', { listening: 'there' })
  say('later', {})
  lines(['one', 'two'])
  lines([])
  expect(out()).toBe('Listening\nMail on 2525\nlater\none\ntwo\n')
})

test('as JSON each line is an object', () => {
  const { say, announce, out } = output(true)
  say('Mail on 2525', { mail: 2525 })
  announce('Listening', { listening: 'there' })
  expect(out()).toBe('{"listening":"there"}\n{"mail":2525}\n')
})

test('the output for a reader that stops is bounded, and a warning says how many events are missing', () => {
  let go = () => {}
  let taken = 0
  const stalled = new Writable({
    write: (chunk, _encoding, done) => {
      taken += chunk.length
      go = done
    },
  })
  const { lines, err } = output(true, stalled)
  const line = 'x'.repeat(1024 * 1024)
  for (let each = 0; each < 40; each += 1) lines([line, line])
  expect(stalled.writableLength).toBeLessThan(20 * 1024 * 1024)
  expect(err()).toBe('')
  while (stalled.writableLength > 0) go()
  return new Promise<void>(resolve => setImmediate(resolve)).then(() => {
    const missing = 80 - Math.round(taken / line.length)
    expect(err()).toBe(
      `cronitor: ${missing} events were not printed because nobody read the output; they are stored\n`,
    )
  })
})

test.each([
  ['EPIPE', undefined, ''],
  ['ENOSPC', 'no space', 'cronitor: cannot write to standard output: no space\n'],
])('%s on stdout is told once', async (code, problem, words) => {
  const broken = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space'), { code })),
  })
  const made = output(false, broken)
  made.lines(['one'])
  await new Promise(resolve => setImmediate(resolve))
  made.lines(['two'])
  expect([made.unreadable(), made.problem(), made.err()]).toEqual([1, problem, words])
})
