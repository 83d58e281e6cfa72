import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asRecord, type JobEnvironment, type Variable } from '../../src/job/environment.ts'
import type { LaunchNotes } from '../../src/job/launch-notes.ts'
import { environmentForShell, throughTrampoline } from '../../src/job/trampoline.ts'

const NOTHING: LaunchNotes = {
  environment: undefined,
  softOpenFiles: undefined,
  ignoredSignals: [],
  blockedSignals: [],
  inheritedDescriptors: [],
  closedDescriptors: [],
  pipes: [],
  folder: undefined,
}

function outputOf(
  command: readonly string[],
  raw: readonly Buffer[] | undefined,
  environment: JobEnvironment,
  notes = NOTHING,
) {
  const [file = '', ...args] = throughTrampoline(command, raw, environment, notes)
  return execFileSync(file, args, { env: asRecord(environmentForShell(environment)) }).toString('latin1')
}

const PATH: Variable = { name: 'PATH', value: '/usr/bin:/bin' }

test('where nothing is to be undone the command is as it was', () => {
  const command = ['echo', 'x']
  expect(throughTrampoline(command, undefined, [], NOTHING)).toBe(command)
})

test('arguments of any bytes arrive as they were', () => {
  const word = fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from(bytes.map(byte => byte || 1)))
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), argv => {
      const raw = [Buffer.from('printf'), Buffer.from('%s\\0'), ...argv]
      expect(outputOf(raw.map(String), raw, [PATH])).toBe(
        argv.map(bytes => `${bytes.toString('latin1')}\0`).join(''),
      )
    }),
    { numRuns: 30 },
  )
})

test('variables that a shell would drop, and bytes that are no UTF-8, are in the environment', () => {
  const variables: Variable[] = [
    PATH,
    { name: 'a.b', value: `it's` },
    { name: 'LATIN', value: '\uFFFD\n', raw: Buffer.from([0xe9, 10]) },
    { name: 'x%%', value: '\uFFFD', raw: Buffer.from([0xff]) },
  ]
  const environ = outputOf(['env', '-0'], undefined, variables).split('\0')
  expect(environ).toContain(`a.b=it's`)
  expect(environ).toContain('LATIN=\xe9\n')
  expect(environ).toContain('x%%=\xff')
})

test('PWD and OLDPWD are what they were, also where they were not set', () => {
  const run = (environment: JobEnvironment) =>
    outputOf(['env'], undefined, environment, { ...NOTHING, ignoredSignals: [1] }).split('\n')
  expect(run([PATH]).filter(line => line.includes('PWD'))).toEqual([])
  expect(run([PATH, { name: 'PWD', value: '/somewhere else' }])).toContain('PWD=/somewhere else')
})

test('limits, ignored signals and closed descriptors are given to the shell in this order', () => {
  const [, , script] = throughTrampoline(['job'], undefined, [], {
    ...NOTHING,
    softOpenFiles: '1024',
    ignoredSignals: [1, 13],
    closedDescriptors: [0, 2],
  })
  expect(script?.split('\n').filter(line => !/KSH_VERSION/.test(line))).toEqual([
    'ulimit -Sn 1024',
    `trap '' 1 13`,
    'exec 0<&- 2>&-',
    'unset PWD',
    'unset OLDPWD',
    'exec "$@"',
  ])
})

test('a command that begins with - is no option of exec', () => {
  const argv = throughTrampoline(['-job'], undefined, [], { ...NOTHING, softOpenFiles: '9' })
  expect(argv[2]).toMatch(/\nexec \/usr\/bin\/env [^\n]* -- "\$@"$/)
})
