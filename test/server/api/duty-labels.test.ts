import { expect, test } from 'vitest'
import { dutyLabels } from '../../../src/server/api/duty-labels.ts'
import { cursorName } from '../../../src/server/notify/channel.ts'

const labelsOf = (names: readonly string[]) => names.map(dutyLabels(names))

test('a channel is named by its kind, without the hash of its target', () => {
  const channel = cursorName('url', 'https://ann:secret@hooks.example.org/')
  expect(labelsOf(['lateness', channel, cursorName('mail', 'ops@example.org')])).toEqual([
    'lateness',
    'notify-url',
    'notify-mail',
  ])
})

test('several channels of one kind have names of their own, the same on each server', () => {
  const channels = ['a', 'b', 'c'].map(target => cursorName('url', `https://${target}.example.org/`))
  const labels = labelsOf(channels)
  expect(labels.toSorted()).toEqual(['notify-url', 'notify-url-2', 'notify-url-3'])
  expect(labelsOf(channels.toReversed())).toEqual(labels.toReversed())
})
