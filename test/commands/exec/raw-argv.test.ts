import { expect, test } from 'vitest'
import { readRawArgv } from '../../../src/commands/exec/raw-argv.ts'

const commandLine =
  (...args: (string | number[])[]) =>
  () =>
    Buffer.concat(args.map(arg => Buffer.concat([Buffer.from(arg as string), Buffer.from([0])])))

test('valid UTF-8 needs no bytes', () => {
  expect(readRawArgv(['a', 'ü'], () => expect.unreachable())).toBeUndefined()
})

test('the last arguments of the command line are the job’s, as bytes', () => {
  expect(readRawArgv(['a', '\uFFFD', ''], commandLine('node', 'x.js', 'key', 'a', [0xe9], ''))).toEqual([
    Buffer.from('a'),
    Buffer.from([0xe9]),
    Buffer.alloc(0),
  ])
})

test('without /proc there are no bytes', () => {
  const fails = () => {
    throw new Error('ENOENT')
  }
  expect(readRawArgv(['\uFFFD'], fails)).toBeUndefined()
})
