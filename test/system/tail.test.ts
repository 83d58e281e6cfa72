import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTail } from '../../src/system/tail.ts'

test('the tail is the end of all that was appended, however it was split', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }),
      (capacity, chunks) => {
        const tail = createTail(capacity)
        for (const chunk of chunks) tail.append(Buffer.from(chunk))
        const all = Buffer.concat(chunks)
        expect(tail.bytes()).toEqual(all.subarray(Math.max(0, all.length - capacity)))
        expect(tail.total()).toBe(all.length)
      },
    ),
  )
})

test('bytes that were returned do not change when more is appended', () => {
  const tail = createTail(4)
  tail.append(Buffer.from('abcdef'))
  const before = tail.bytes()
  tail.append(Buffer.from('xy'))
  expect(before.toString()).toBe('cdef')
  expect(tail.bytes().toString()).toBe('efxy')
})
