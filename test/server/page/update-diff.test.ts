import { expect, test } from 'vitest'
import type { PageContent } from '../../../src/server/page/page-content.ts'
import {
  NOTHING_SENT,
  readerStateAt,
  readerStateOf,
  updateFor,
} from '../../../src/server/page/update-diff.ts'

function view(
  rows: Readonly<Record<string, number>>,
  parts: PageContent['parts'] = { pager: 'p' },
): PageContent {
  return {
    title: 'Monitors',
    parts,
    rows: Object.entries(rows).map(([id, revision]) => ({
      id,
      revision,
      version: String(revision),
      markup: () => `<tr>${id} ${revision}</tr>`,
    })),
  }
}

test('a reader without anything gets everything', () => {
  expect(updateFor(NOTHING_SENT, view({ a: 1, b: 2 }))).toEqual({
    title: 'Monitors',
    parts: [['pager', 'p']],
    order: ['a', 'b'],
    rows: [
      ['a', '<tr>a 1</tr>'],
      ['b', '<tr>b 2</tr>'],
    ],
  })
})

test('a reader with everything gets nothing', () => {
  expect(updateFor(readerStateOf(view({ a: 1 })), view({ a: 1 }))).toBeUndefined()
})

test('only what has changed is sent', () => {
  const held = readerStateOf(view({ a: 1, b: 2 }, { pager: 'p', empty: '' }))
  expect(updateFor(held, view({ a: 1, b: 3 }, { pager: 'p', empty: 'e' }))).toEqual({
    title: 'Monitors',
    parts: [['empty', 'e']],
    rows: [['b', '<tr>b 3</tr>']],
  })
})

test('a changed order and removed rows are sent as ids only', () => {
  const held = readerStateOf(view({ a: 1, b: 1, c: 1 }))
  expect(updateFor(held, view({ c: 1, a: 1 }))).toEqual({
    title: 'Monitors',
    parts: [],
    order: ['c', 'a'],
    rows: [],
  })
})

test('a row that was removed and is back is sent again', () => {
  const gone = readerStateOf(view({ a: 1 }))
  expect(updateFor(gone, view({ a: 1, b: 1 }))?.rows).toEqual([['b', '<tr>b 1</tr>']])
})

test('an announcement is sent even if nothing visible changed', () => {
  expect(updateFor(readerStateOf(view({ a: 1 })), view({ a: 1 }), 'z is late.')).toMatchObject({
    say: 'z is late.',
  })
})

test('a reader that reconnects gets the newer rows and the order', () => {
  const now = view({ a: 3, b: 7 })
  const update = updateFor(readerStateAt(now, 5, 7), now)
  expect(update?.rows).toEqual([['b', '<tr>b 7</tr>']])
  expect(update?.order).toEqual(['a', 'b'])
  expect(updateFor(readerStateAt(now, 7, 7), now)).toBeUndefined()
})

test('the state of a reader does not grow with the markup', () => {
  const large = view({ a: 1 }, { timeline: 'x'.repeat(1_000_000) })
  expect(JSON.stringify([...readerStateOf(large).parts]).length).toBeLessThan(100)
})
