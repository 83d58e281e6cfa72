import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { assignmentsOf, commandToRun, isShell } from '../../src/job/command.ts'
import { asRecord, type JobEnvironment } from '../../src/job/environment.ts'
import { tempDir } from '../support/temp.ts'

const withShell = (shell: string) => [{ name: 'SHELL', value: shell }]

const argvOf = (argv: readonly string[], environment: JobEnvironment, shell?: string) =>
  commandToRun(argv, undefined, environment, shell).argv

describe('two or more arguments', () => {
  test('are run as they are, whatever stands in them', () => {
    const argv = ['echo', '$HOME', '', '*', '--', 'A=1']
    expect(argvOf(argv, withShell('/bin/sh'))).toBe(argv)
  })

  test('are variables of the job and its command if the first are NAME=VALUE', () => {
    const given = [
      { name: 'A', value: 'old' },
      { name: 'PATH', value: '/bin' },
    ]
    const argv = ['A=1', 'B=x=y z', '_c2=', 'A=2', 'date', 'D=4']
    const { argv: command, environment } = commandToRun(argv, undefined, given)
    expect(command).toEqual(['date', 'D=4'])
    expect(asRecord(environment)).toEqual({ PATH: '/bin', A: '2', B: 'x=y z', _c2: '' })
  })

  test('keep the bytes of a variable that is no UTF-8', () => {
    const raw = [Buffer.from('A=\xff', 'latin1'), Buffer.from('env')]
    const { rawArgv, environment } = commandToRun(['A=\uFFFD', 'env'], raw, [])
    expect(rawArgv).toEqual([raw[1]])
    expect(environment).toEqual([{ name: 'A', value: '\uFFFD', raw: Buffer.from([0xff]) }])
  })

  test.each([['/opt/a=b'], ['./a=b'], ['=b'], ['1a=b'], ['a.b=c'], ['a-b=c']])(
    '%s is a command and no variable, since no shell would take it as one',
    argument => {
      expect(assignmentsOf([argument, 'x'])).toBe(0)
    },
  )
})

describe('one argument', () => {
  test.each(['backup', '/usr/bin/x', 'a_b@c%d+e:f,g.h-i', './run.sh'])('%s is a program', argument => {
    expect(argvOf([argument], withShell('/bin/sh'))).toEqual([argument])
  })

  test.each(['a b', 'a|b', 'a;b', '$x', 'ü', '~/x', '', 'a\nb', '"x"', 'a=b c', 'a=$x', 'a="b"'])(
    '%j is a line for the shell',
    argument => {
      expect(argvOf([argument], withShell('/bin/cat'))).toEqual(['/bin/cat', '-c', argument])
      expect(assignmentsOf([argument])).toBe(0)
    },
  )

  test.each([':', '.', 'exit', 'times', 'cd', 'set', 'umask', 'source'])(
    '%s is a line for the shell, which knows it by itself',
    argument => {
      const environment = [...withShell('/bin/cat'), { name: 'PATH', value: '/nowhere:/usr' }]
      expect(argvOf([argument], environment)).toEqual(['/bin/cat', '-c', argument])
    },
  )

  test('that a shell knows by itself is a program if there is one on PATH', () => {
    const folder = tempDir('command')
    writeFileSync(join(folder, 'cd'), '', { mode: 0o755 })
    expect(argvOf(['cd'], [{ name: 'PATH', value: folder }])).toEqual(['cd'])
  })

  test('goes to the shell that the wrapper was told, rather than to $SHELL', () => {
    expect(argvOf(['a b'], withShell('/bin/sh'), '/bin/cat')).toEqual(['/bin/cat', '-c', 'a b'])
  })
})

describe('a SHELL', () => {
  const folder = tempDir('shells')
  const link = (name: string, target: string) => {
    symlinkSync(target, join(folder, name))
    return join(folder, name)
  }
  const script = (name: string, text = '#!/bin/sh\n') => {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text, { mode: 0o755 })
    return join(folder, name)
  }

  const withoutInterpreter = script('bin/old-shell', '#!/no/such/interpreter\n')

  test.each([
    ['empty', ''],
    ['missing', '/nonexistent'],
    ['not executable', '/etc/passwd'],
    ['a folder', '/usr'],
    ['a name without a path', 'sh'],
    ['a relative path', './sh'],
    ['/bin/false', '/bin/false'],
    ['/bin/true', '/bin/true'],
    ['nologin', script('sbin/nologin')],
    ['a link to nologin', link('disabled', script('other/nologin'))],
    ['the shell of an account for git', script('bin/git-shell')],
    ['a script without its interpreter', withoutInterpreter],
    ['a link called nologin', link('nologin', '/bin/cat')],
  ])('that is %s counts as unset', (_what, shell) => {
    expect(isShell(shell)).toBe(false)
    expect(argvOf(['a b'], withShell(shell))).toEqual(['/bin/sh', '-c', 'a b'])
  })

  test('that is a link to a shell is used', () => {
    const shell = link('sh', '/bin/sh')
    expect(argvOf(['a b'], withShell(shell))).toEqual([shell, '-c', 'a b'])
  })

  test('that is not set is /bin/sh', () => {
    expect(argvOf(['a b'], [])).toEqual(['/bin/sh', '-c', 'a b'])
  })
})
