import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEntryList } from '../../../src/server/page/entry-list.ts'
import { aMonitor } from './support.ts'

const aChange = fc.record({
  key: fc.constantFrom('a', 'b', 'B', 'c', 'é', '\uffee', '\u{1f600}', 'job-1', 'job-10'),
  envs: fc.subarray(['beta', 'production', 'staging']),
  isRemoved: fc.boolean(),
})

test('after any changes the list is what sorting all of its monitors would make', () => {
  fc.assert(
    fc.property(fc.array(aChange), changes => {
      const list = createEntryList()
      const model = new Map<string, readonly string[]>()
      for (const [revision, { key, envs, isRemoved }] of changes.entries()) {
        if (isRemoved) {
          list.remove(({ monitor }) => monitor.key === key)
          model.delete(key)
        } else {
          const monitor = aMonitor(key, { envs })
          list.set({ monitor, revision })
          model.set(
            key,
            monitor.environments.map(({ env }) => env),
          )
        }
      }
      expect(list.sorted.map(({ monitor }) => monitor.key)).toEqual([...model.keys()].sort())
      expect(list.envs()).toEqual([...new Set([...model.values()].flat())].sort())
      for (const entry of list.sorted) expect(list.get(entry.monitor.key)).toBe(entry)
    }),
  )
})
