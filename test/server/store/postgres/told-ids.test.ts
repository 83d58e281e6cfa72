import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createToldIds, type IdRange } from '../../../../src/server/store/postgres/told-ids.ts'

const range = (first: number, last = first): IdRange => ({ first, last })

describe('what this server has to read of others', () => {
  test('nothing at the start', () => {
    expect(createToldIds(5).missing(5)).toEqual([])
  })

  test('all that was stored since', () => {
    expect(createToldIds(5).missing(8)).toEqual([range(6, 8)])
  })

  test('nothing again that it has told of', () => {
    const events = createToldIds(5)
    events.told(range(6, 8))
    expect(events.missing(8)).toEqual([])
    expect(events.missing(9)).toEqual([range(9)])
  })

  test('what others have stored before its own', () => {
    const events = createToldIds(5)
    events.told(range(8, 9))
    events.told(range(12, 12))
    expect(events.missing(13)).toEqual([range(6, 7), range(10, 11), range(13)])
  })

  test('not what it is storing itself', () => {
    const events = createToldIds(5)
    const own = range(6, 7)
    events.reserve(own)
    expect(events.missing(7)).toEqual([])
    expect(events.missing(9)).toEqual([range(8, 9)])
    events.told(own)
    expect(events.missing(9)).toEqual([range(8, 9)])
  })

  test('what it has stored, or somebody else, after a commit without an answer', () => {
    const events = createToldIds(5)
    const own = range(6, 7)
    events.reserve(own)
    events.told(range(8, 9))
    events.release(own)
    expect(events.missing(9)).toEqual([range(6, 7)])
  })
})

test('whatever the order, each event is told once', () => {
  const kinds = fc.constantFrom('own', 'lost', 'other', 'look')
  const steps = fc.array(
    fc.record({ kind: kinds, count: fc.integer({ min: 1, max: 4 }), late: fc.boolean() }),
  )
  fc.assert(
    fc.property(steps, all => {
      const events = createToldIds(0)
      const told: number[] = []
      const waiting: (() => void)[] = []
      let newest = 0
      const tell = ({ first, last }: IdRange) => {
        for (let id = first; id <= last; id += 1) told.push(id)
      }
      const look = () => {
        for (const each of events.missing(newest)) {
          tell(each)
          events.told(each)
        }
      }
      for (const { kind, count, late } of all) {
        if (kind === 'look') {
          look()
          continue
        }
        const ids = range(newest + 1, newest + count)
        newest += count
        if (kind === 'other') continue
        events.reserve(ids)
        const answer = () => {
          if (kind === 'lost') return events.release(ids)
          tell(ids)
          events.told(ids)
        }
        if (late) waiting.push(answer)
        else answer()
      }
      for (const answer of waiting) answer()
      look()
      expect(told.sort((a, b) => a - b)).toEqual(Array.from({ length: newest }, (_, index) => index + 1))
      expect(events.missing(newest)).toEqual([])
    }),
  )
})
