import { expect, test } from 'vitest'
import { rawWords } from '../../../src/commands/exec/raw-words.ts'

const commandLine =
  (...args: (string | number[])[]) =>
  () =>
    Buffer.concat(args.map(arg => Buffer.concat([Buffer.from(arg as string), Buffer.from([0])])))

test('text that says it all needs no bytes', () => {
  expect(rawWords(['a', 'ü'], () => expect.unreachable())).toBeUndefined()
})

test('the last words of the command line are the job’s, as bytes', () => {
  expect(rawWords(['a', '\uFFFD', ''], commandLine('node', 'x.js', 'key', 'a', [0xe9], ''))).toEqual([
    Buffer.from('a'),
    Buffer.from([0xe9]),
    Buffer.alloc(0),
  ])
})

test('where the system does not tell, the text has to do', () => {
  const fails = () => {
    throw new Error('ENOENT')
  }
  expect(rawWords(['\uFFFD'], fails)).toBeUndefined()
})
