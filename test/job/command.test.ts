import { describe, expect, test } from 'vitest'
import { commandToRun } from '../../src/job/command.ts'

const withShell = (shell: string) => [{ name: 'SHELL', value: shell }]

describe('two or more words', () => {
  test('are run as they are, whatever stands in them', () => {
    const words = ['echo', '$HOME', '', '*', '--']
    expect(commandToRun(words, withShell('/bin/sh'))).toBe(words)
  })
})

describe('one word', () => {
  test.each(['backup', '/usr/bin/x', 'a_b@c%d+e:f,g.h-i', './run.sh'])('%s is a program', word => {
    expect(commandToRun([word], withShell('/bin/sh'))).toEqual([word])
  })

  test.each(['a b', 'a|b', 'a;b', '$x', 'a=b', 'ü', '~/x', '', 'a\nb', '"x"'])(
    '%j is a line for the shell',
    word => {
      expect(commandToRun([word], withShell('/bin/cat'))).toEqual(['/bin/cat', '-c', word])
    },
  )

  test('goes to /bin/sh where SHELL is not set, empty, or cannot be run', () => {
    for (const environment of [[], withShell(''), withShell('/nonexistent'), withShell('/etc/passwd')]) {
      expect(commandToRun(['a b'], environment)).toEqual(['/bin/sh', '-c', 'a b'])
    }
  })
})
