import { expect, test } from 'vitest'
import { withSlowOpenNotice } from '../../../src/commands/serve/slow-open-notice.ts'
import { sleep } from '../../../src/system/sleep.ts'

test('a database that takes long to open is announced once, and one that opens at once is not', async () => {
  const lines: string[] = []
  const warn = (text: string) => lines.push(text)
  expect(await withSlowOpenNotice(async () => 'store', warn)).toBe('store')
  expect(lines).toEqual([])
  let opened = (_store: string) => {}
  const slow = new Promise<string>(resolve => {
    opened = resolve
  })
  const opening = withSlowOpenNotice(
    () => slow,
    warn,
    async () => {},
  )
  await sleep(0, new AbortController().signal)
  opened('store')
  expect(await opening).toBe('store')
  expect(lines).toEqual([expect.stringContaining('not open yet')])
})

test('a database that cannot be opened is reported by its own error alone', async () => {
  const lines: string[] = []
  const failing = withSlowOpenNotice(
    () => Promise.reject(new Error('damaged')),
    text => lines.push(text),
  )
  await expect(failing).rejects.toThrow('damaged')
  expect(lines).toEqual([])
})
