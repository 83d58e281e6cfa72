import { expect, test } from 'vitest'
import { parseStatusSet } from '../../../../src/commands/exec/control/status-set.ts'

test.each([
  ['0', [0]],
  ['0,3-5', [0, 3, 4, 5]],
  ['255', [255]],
  ['7,7', [7]],
])('%s', (text, expected) => {
  const parsed = parseStatusSet(text)
  expect(parsed.ok && [...parsed.statuses]).toEqual(expected)
})

test.each(['', '256', '-1', '5-3', '1-', '1,,2', ' 1', '1 ', 'a', '0-255-3', '0x1'])('%j is wrong', text => {
  expect(parseStatusSet(text)).toMatchObject({ ok: false })
})
