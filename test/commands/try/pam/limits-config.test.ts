import { expect, test } from 'vitest'
import { configuredLimits, type LimitBasis } from '../../../../src/commands/try/pam/limits-config.ts'

const ANN = {
  name: 'ann',
  uid: 1000,
  gid: 100,
  groups: () => [
    { name: 'users', gid: 100 },
    { name: 'games', gid: 60 },
  ],
}
const ROOT = { name: 'root', uid: 0, gid: 0, groups: () => [{ name: 'root', gid: 0 }] }

const BASIS: LimitBasis = {
  inherited: new Map([
    ['nofile', { soft: 1024, hard: 4096 }],
    ['core', { soft: 0, hard: Number.POSITIVE_INFINITY }],
    ['cpu', { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY }],
    ['nice', { soft: 0, hard: 0 }],
  ]),
  initial: undefined,
  mayRaise: true,
  maxOpenFiles: 1_048_576,
}

const limitOf = (name: string, text: string, user = ANN, basis = BASIS) => {
  const limit = configuredLimits([text], user, basis).limits.get(name)
  return limit && [limit.soft, limit.hard]
}

test.each([
  ['* soft nofile 600', [600, 4096]],
  ['* hard nofile 600', [600, 600]],
  ['ann - nofile 700', [700, 700]],
  ['* - nofile unlimited', [1_048_576, 1_048_576]],
  ['bob - nofile 700\n# ann - nofile 1', [1024, 4096]],
  // A line for the user goes before one for a group, wherever it stands, and that before one for all.
  ['ann soft nofile 3\n@games soft nofile 2\n* soft nofile 1', [3, 4096]],
  ['@games soft nofile 2\n* soft nofile 1', [2, 4096]],
  ['* soft nofile 1\n* soft nofile 5', [5, 4096]],
  ['@wheel soft nofile 2', [1024, 4096]],
  ['1000: soft nofile 2', [2, 4096]],
  [':999 soft nofile 2', [1024, 4096]],
  ['999:1001 soft nofile 2', [2, 4096]],
  ['@:60 soft nofile 2', [2, 4096]],
  ['* soft nofile 1\nann -', [1024, 4096]],
  ['* soft nofile many\n* other nofile 1', [1024, 4096]],
])('%j gives %j', (text, expected) => {
  expect(limitOf('nofile', text)).toEqual(expected)
})

test('units are those of the file: KiB, minutes and nice values', () => {
  expect(limitOf('core', '* soft core 8')).toEqual([8192, Number.POSITIVE_INFINITY])
  expect(limitOf('cpu', '* - cpu 2')).toEqual([120, 120])
  expect(limitOf('nice', '* - nice -5')).toEqual([25, 25])
})

test('for root, only lines with its name count', () => {
  const text = '* soft nofile 1\n@root soft nofile 2\nroot soft nofile 3'
  expect(limitOf('nofile', text, ROOT)).toEqual([3, 4096])
  expect(limitOf('nofile', '* soft nofile 1\n@root soft nofile 2', ROOT)).toEqual([1024, 4096])
})

test('limits can begin with those of process 1', () => {
  const initial = new Map([['nofile', { soft: 512, hard: 2048 }]])
  expect(limitOf('nofile', '', ANN, { ...BASIS, initial })).toEqual([512, 2048])
  expect(limitOf('nofile', '* soft nofile 600', ANN, { ...BASIS, initial })).toEqual([600, 2048])
})

test('a cron without the right to raise a hard limit leaves it, and the soft one too', () => {
  const text = '* - nofile 9999'
  expect(limitOf('nofile', text, ANN, { ...BASIS, mayRaise: false })).toEqual([1024, 4096])
})

test('the nice value is read as well', () => {
  expect(configuredLimits(['ann - priority 5'], ANN, BASIS).priority).toBe(5)
  expect(configuredLimits([''], ANN, BASIS).priority).toBeUndefined()
})
