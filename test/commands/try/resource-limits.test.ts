import { expect, test } from 'vitest'
import {
  limitChanges,
  mayRaiseLimits,
  parseLimits,
  prlimitArgument,
} from '../../../src/commands/try/resource-limits.ts'

const TEXT = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max core file size        0                    unlimited            bytes     
Max open files            1024                 4096                 files     
Max nice priority         0                    0                    
`

test('the list of /proc is read', () => {
  expect([...parseLimits(TEXT)]).toEqual([
    ['cpu', { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY }],
    ['core', { soft: 0, hard: Number.POSITIVE_INFINITY }],
    ['nofile', { soft: 1024, hard: 4096 }],
    ['nice', { soft: 0, hard: 0 }],
  ])
})

test('only what differs is changed, and a hard limit is raised only with the right to do so', () => {
  const own = parseLimits(TEXT)
  const wanted = new Map([
    ...own,
    ['nofile', { soft: 2000, hard: 9000 }],
    ['core', { soft: 0, hard: 0 }],
  ] as const)
  const core = { name: 'core', soft: 0, hard: 0 }
  const nofile = { name: 'nofile', soft: 2000, hard: 9000 }
  expect(limitChanges(own, own, false)).toEqual({ changes: [], refused: [] })
  expect(limitChanges(own, wanted, true)).toEqual({ changes: [core, nofile], refused: [] })
  // As near as it gets.
  expect(limitChanges(own, wanted, false)).toEqual({
    changes: [core, { name: 'nofile', soft: 2000, hard: 4096 }],
    refused: [nofile],
  })
})

test('prlimit gets both limits', () => {
  expect(prlimitArgument({ name: 'core', soft: 0, hard: Number.POSITIVE_INFINITY })).toBe(
    '--core=0:unlimited',
  )
})

test('the right is a bit of the effective capabilities', () => {
  expect(mayRaiseLimits('CapEff:\t000001ffffffffff\n')).toBe(true)
  expect(mayRaiseLimits('CapEff:\t000001fffeffffff\n')).toBe(false)
  expect(mayRaiseLimits('')).toBe(false)
})
