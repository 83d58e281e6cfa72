import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { moveEvent, removeEvent, setAside } from '../../src/spool/change-event.ts'
import { formatEventFileName } from '../../src/spool/event-file-name.ts'
import { oldestEvents } from '../../src/spool/list-events.ts'
import { putEvents } from '../../src/spool/put-events.ts'
import { readEvent } from '../../src/spool/read-event.ts'
import { isRoot } from '../support/other-user.ts'
import { filesIn, KEY_PRINT, NOW, spooledOf, spoolForTest, statesIn } from './support.ts'

describe('the queue', () => {
  test('has one file for each event, of mode 0600 in a folder of mode 0700, and no unfinished files', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run'), spooledOf('complete')])
    const files = filesIn(spool, 'queue')
    expect(files).toHaveLength(2)
    for (const file of files) {
      expect(file).toMatch(/\.json$/)
      expect(statSync(join(spool.folder, 'queue', file)).mode & 0o777).toBe(0o600)
      expect(JSON.parse(readFileSync(join(spool.folder, 'queue', file), 'utf8')).version).toBe(1)
    }
    expect(statSync(join(spool.folder, 'queue')).mode & 0o777).toBe(0o700)
    expect(statSync(spool.folder).mode & 0o777).toBe(0o700)
  })

  test('lists the oldest event first, whenever it was put', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('complete', { occurredAt: NOW }, { series: 'b' })])
    await putEvents(spool, 'queue', [spooledOf('ok', { occurredAt: NOW - 5000 }, { series: 'a' })])
    expect(await statesIn(spool)).toEqual(['ok', 'complete'])
    expect(await oldestEvents(spool, 'queue', () => true, 1)).toHaveLength(1)
  })

  test('keeps the order of a series if events happen at the same time, and if the clock was set back', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run'), spooledOf('fail')])
    await putEvents(spool, 'queue', [spooledOf('complete', { occurredAt: NOW - 3_600_000 })])
    expect(await statesIn(spool)).toEqual(['run', 'fail', 'complete'])
  })

  test('finds the oldest of many events, whatever their order in the folder', async () => {
    const spool = spoolForTest()
    mkdirSync(join(spool.folder, 'queue'), { recursive: true })
    const orders = Array.from({ length: 500 }, (_, index) => ((index * 7919) % 500) + 1)
    for (const order of orders) {
      const name = formatEventFileName(order, '0'.repeat(16), KEY_PRINT, 1)
      writeFileSync(join(spool.folder, 'queue', name), '')
    }
    const found = await oldestEvents(spool, 'queue', () => true, 20)
    expect(found.map(({ order }) => order)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  })

  test('is empty if there is no spool', async () => {
    expect(await oldestEvents(spoolForTest(), 'queue', () => true, 10)).toEqual([])
  })

  test('ignores files with other names', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run')])
    for (const file of ['README', 'x.json', '.unfinished-abc'])
      writeFileSync(join(spool.folder, 'queue', file), 'x')
    expect(await statesIn(spool)).toEqual(['run'])
  })

  test('says if another process has removed an event', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run')])
    const [name] = await oldestEvents(spool, 'queue', () => true, 1)
    if (name === undefined) throw new Error('there is none')
    expect(await removeEvent(spool, 'queue', name)).toBe(true)
    expect(await removeEvent(spool, 'queue', name)).toBe(false)
    expect(await readEvent(spool, 'queue', name)).toBeUndefined()
  })

  test('moves refused events to the other folder, and back', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run'), spooledOf('complete')])
    const [name] = await oldestEvents(spool, 'queue', () => true, 1)
    if (name === undefined) throw new Error('there is none')
    const refused = { status: 404, likelyCause: 'there is no such monitor' }
    await moveEvent(spool, name, 'queue', spooledOf('run', { refused }))
    expect(await statesIn(spool)).toEqual(['complete'])
    expect(await readEvent(spool, 'rejected', name)).toEqual({
      kind: 'event',
      spooled: spooledOf('run', { refused }),
    })
    await moveEvent(spool, name, 'rejected', spooledOf('run'))
    expect(await statesIn(spool)).toEqual(['run', 'complete'])
    expect(await statesIn(spool, 'rejected')).toEqual([])
  })

  test('moves a damaged file away, under a name that is not an event’s', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run')])
    const [name] = await oldestEvents(spool, 'queue', () => true, 1)
    if (name === undefined) throw new Error('there is none')
    await setAside(spool, 'queue', name.file)
    expect(filesIn(spool, 'queue')).toEqual([])
    expect(filesIn(spool, 'damaged')).toEqual([`${name.file}.damaged`])
  })

  test.skipIf(isRoot)('rejects new events if it cannot be written, and leaves no files behind', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run')])
    chmodSync(join(spool.folder, 'queue'), 0o500)
    await expect(putEvents(spool, 'queue', [spooledOf('complete')])).rejects.toThrow('EACCES')
    chmodSync(join(spool.folder, 'queue'), 0o700)
    expect(filesIn(spool, 'queue')).toHaveLength(1)
  })
})

test('the file name contains the id that is given', async () => {
  const spool = spoolForTest()
  const ids = ['00112233aabb', 'ffeeddccbbaa']
  await putEvents(spool, 'queue', [spooledOf('run'), spooledOf('complete')], { ids })
  const names = await oldestEvents(spool, 'queue', () => true, 10)
  expect(names.map(({ id }) => id)).toEqual(ids)
})
