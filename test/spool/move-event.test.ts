/** An event that two processes move at the same time. */

import { beforeEach, expect, test, vi } from 'vitest'
import { moveEvent, removeEvent } from '../../src/spool/change-event.ts'
import type { EventFileName } from '../../src/spool/event-file-name.ts'
import { oldestEvents } from '../../src/spool/list-events.ts'
import { putEvents } from '../../src/spool/put-events.ts'
import { readEvent } from '../../src/spool/read-event.ts'
import type { Spool } from '../../src/spool/spool.ts'
import { filesIn, spooledOf, spoolForTest } from './support.ts'

/** What another process does while the folder is being synced. */
const meanwhile = vi.hoisted(() => ({ act: async () => {} }))

vi.mock('../../src/system/write-file.ts', async original => {
  const actual = await original<typeof import('../../src/system/write-file.ts')>()
  return {
    ...actual,
    syncFolder: async (path: string) => {
      await actual.syncFolder(path)
      const { act } = meanwhile
      meanwhile.act = async () => {}
      await act()
    },
  }
})

beforeEach(() => {
  meanwhile.act = async () => {}
})

const refused = { status: 400, likelyCause: 'it is wrong' }

async function spoolWithOne(folder: 'queue' | 'rejected'): Promise<readonly [Spool, EventFileName]> {
  const spool = spoolForTest()
  await putEvents(spool, folder, [spooledOf('run')])
  const [name] = await oldestEvents(spool, folder, () => true, 1)
  if (name === undefined) throw new Error('there is none')
  return [spool, name]
}

test('an event that is refused again while it is put back is still there, as refused', async () => {
  const [spool, name] = await spoolWithOne('rejected')
  meanwhile.act = () => moveEvent(spool, name, 'queue', spooledOf('run', { refused }))
  await moveEvent(spool, name, 'rejected', spooledOf('run'))
  expect(filesIn(spool, 'queue')).toEqual([])
  expect(await readEvent(spool, 'rejected', name)).toMatchObject({ spooled: { refused } })
})

test('an event that is put back while it is noted as refused waits in the queue', async () => {
  const [spool, name] = await spoolWithOne('queue')
  meanwhile.act = () => moveEvent(spool, name, 'rejected', spooledOf('run', { putBack: true }))
  await moveEvent(spool, name, 'queue', spooledOf('run', { refused }))
  expect(filesIn(spool, 'rejected')).toEqual([])
  expect(await readEvent(spool, 'queue', name)).toMatchObject({ spooled: { putBack: true } })
})

test('an event that was removed meanwhile is not made again', async () => {
  const [spool, name] = await spoolWithOne('queue')
  await removeEvent(spool, 'queue', name)
  await moveEvent(spool, name, 'queue', spooledOf('run', { refused }))
  expect([...filesIn(spool, 'queue'), ...filesIn(spool, 'rejected')]).toEqual([])
})
