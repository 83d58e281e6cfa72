import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { keepBounds } from '../../src/spool/bounds.ts'
import { groupOf, nameFor, parseEventName } from '../../src/spool/event-name.ts'
import type { Spool } from '../../src/spool/folders.ts'
import {
  moveEvent,
  oldestEvents,
  putEvents,
  readEvent,
  removeEvent,
  setAside,
} from '../../src/spool/queue.ts'
import { msSinceBoot } from '../../src/system/boot-clock.ts'
import { isRoot } from '../support/surroundings.ts'
import { filesIn, KEY_PRINT, NOW, spooledOf, spoolForTest } from './support.ts'

async function statesIn(spool: Spool, folder: 'queue' | 'rejected' = 'queue'): Promise<string[]> {
  const states: string[] = []
  for (const name of await oldestEvents(spool, folder, () => true, 1000)) {
    const read = await readEvent(spool, folder, name)
    states.push(read?.kind === 'event' ? read.spooled.event.state : String(read?.kind))
  }
  return states
}

describe('the queue', () => {
  test('holds one file an event, 0600 in 0700, and nothing that is not finished', async () => {
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

  test('gives the oldest first, whenever it was put', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('complete', { occurredAt: NOW }, { series: 'b' })])
    await putEvents(spool, 'queue', [spooledOf('ok', { occurredAt: NOW - 5000 }, { series: 'a' })])
    expect(await statesIn(spool)).toEqual(['ok', 'complete'])
    expect(await oldestEvents(spool, 'queue', () => true, 1)).toHaveLength(1)
  })

  test('keeps the order of a series where they happened at once, and where the clock was set back', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run'), spooledOf('fail')])
    await putEvents(spool, 'queue', [spooledOf('complete', { occurredAt: NOW - 3_600_000 })])
    expect(await statesIn(spool)).toEqual(['run', 'fail', 'complete'])
  })

  test('finds the oldest of many, whatever their order in the folder', async () => {
    const spool = spoolForTest()
    mkdirSync(join(spool.folder, 'queue'), { recursive: true })
    const orders = Array.from({ length: 500 }, (_, index) => ((index * 7919) % 500) + 1)
    for (const order of orders) {
      const name = nameFor(order, '0'.repeat(16), KEY_PRINT, 1)
      writeFileSync(join(spool.folder, 'queue', name), '')
    }
    const found = await oldestEvents(spool, 'queue', () => true, 20)
    expect(found.map(({ order }) => order)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  })

  test('is empty where there is no spool', async () => {
    expect(await oldestEvents(spoolForTest(), 'queue', () => true, 10)).toEqual([])
  })

  test('looks at nothing but names of its own', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run')])
    for (const file of ['README', 'x.json', '.unfinished-abc'])
      writeFileSync(join(spool.folder, 'queue', file), 'x')
    expect(await statesIn(spool)).toEqual(['run'])
  })

  test('tells of an event that another process has taken', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run')])
    const [name] = await oldestEvents(spool, 'queue', () => true, 1)
    if (name === undefined) throw new Error('there is none')
    expect(await removeEvent(spool, 'queue', name)).toBe(true)
    expect(await removeEvent(spool, 'queue', name)).toBe(false)
    expect(await readEvent(spool, 'queue', name)).toBeUndefined()
  })

  test('moves what was refused out of the way, and back', async () => {
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

  test('sets a damaged file aside under a name that is no event’s', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run')])
    const [name] = await oldestEvents(spool, 'queue', () => true, 1)
    if (name === undefined) throw new Error('there is none')
    await setAside(spool, 'queue', name.file)
    expect(filesIn(spool, 'queue')).toEqual([])
    expect(filesIn(spool, 'damaged')).toEqual([`${name.file}.damaged`])
  })

  test.skipIf(isRoot)('that cannot be written to rejects, and leaves nothing behind', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run')])
    chmodSync(join(spool.folder, 'queue'), 0o500)
    await expect(putEvents(spool, 'queue', [spooledOf('complete')])).rejects.toThrow('EACCES')
    chmodSync(join(spool.folder, 'queue'), 0o700)
    expect(filesIn(spool, 'queue')).toHaveLength(1)
  })
})

test('a name has the word that is given for it', async () => {
  const spool = spoolForTest()
  const words = ['00112233aabb', 'ffeeddccbbaa']
  await putEvents(spool, 'queue', [spooledOf('run'), spooledOf('complete')], { words })
  const names = await oldestEvents(spool, 'queue', () => true, 10)
  expect(names.map(({ word }) => word)).toEqual(words)
})

describe('the name of an event', () => {
  test('says when, whose and how much, and is read back', () => {
    const group = groupOf(spooledOf('run').event, KEY_PRINT)
    const file = nameFor(NOW, group, KEY_PRINT, 345, { word: '00112233aabb' })
    expect(parseEventName(file)).toEqual({
      file,
      order: NOW,
      group,
      monitor: group.slice(0, 8),
      key: KEY_PRINT,
      word: '00112233aabb',
      bytes: 345,
      address: 'default',
    })
  })

  test('says that it was kept for a configured address, which names of earlier versions do not', () => {
    const group = groupOf(spooledOf('run').event, KEY_PRINT)
    const file = nameFor(NOW, group, KEY_PRINT, 345, { address: 'configured' })
    expect(parseEventName(file)).toMatchObject({ address: 'configured', bytes: 345 })
    expect(nameFor(NOW, group, KEY_PRINT, 345, { address: 'default' })).not.toContain('default')
  })

  test('is of one group for the events of a series, and of another for each other series, monitor and key', () => {
    const group = (more: object, key = KEY_PRINT) => groupOf(spooledOf('run', {}, more).event, key)
    expect(group({ state: 'complete' })).toBe(group({}))
    const others = [group({}), group({ series: 't' }), group({ monitorKey: 'n' }), group({}, 'anonymous')]
    expect(new Set(others).size).toBe(4)
    // Half of a group is its monitor's.
    expect(group({ series: 't' }).slice(0, 8)).toBe(group({}).slice(0, 8))
  })
})

describe('bounds', () => {
  test('drop what is too old, waiting or refused, and count it', async () => {
    const spool = spoolForTest({ maxAgeMs: 60_000 })
    const old = {
      occurredAt: NOW - 60_001,
      tries: 1,
      up: { boot: spool.place.boot, ms: msSinceBoot() - 60_001 },
    }
    await putEvents(spool, 'queue', [spooledOf('run', old), spooledOf('complete')])
    await putEvents(spool, 'rejected', [spooledOf('run', old)])
    expect(await keepBounds(spool)).toEqual({ tooOld: 2, tooMany: 0 })
    expect(await statesIn(spool)).toEqual(['complete'])
    expect(await keepBounds(spool)).toEqual({ tooOld: 0, tooMany: 0 })
  })

  test('drop the oldest past the size, of which each file takes whole blocks', async () => {
    const spool = spoolForTest({ maxBytes: 3 * 4096 })
    const at = (ms: number) => ({ occurredAt: NOW + ms })
    await putEvents(spool, 'queue', [
      spooledOf('run', at(1)),
      spooledOf('ok', at(3)),
      spooledOf('complete', at(4)),
    ])
    await putEvents(spool, 'rejected', [spooledOf('fail', at(2)), spooledOf('fail', at(5))])
    expect(await keepBounds(spool)).toEqual({ tooOld: 0, tooMany: 2 })
    expect(await statesIn(spool)).toEqual(['ok', 'complete'])
    expect(await statesIn(spool, 'rejected')).toEqual(['fail'])
  })

  test('drop some where to read the names took all the time that there was', async () => {
    const spool = spoolForTest({ maxAgeMs: 60_000, maxBytes: 4096 })
    const old = {
      occurredAt: NOW - 60_001,
      tries: 1,
      up: { boot: spool.place.boot, ms: msSinceBoot() - 60_001 },
    }
    await putEvents(spool, 'queue', [spooledOf('run', old), spooledOf('ok'), spooledOf('complete')])
    expect(await keepBounds(spool, () => true)).toEqual({ tooOld: 1, tooMany: 1 })
    expect(await statesIn(spool)).toEqual(['complete'])
  })

  test('take away what a process that was killed has not finished, once that is certain', async () => {
    const spool = spoolForTest({ wallClock: () => Date.now() + 2 * 3_600_000 })
    await putEvents(spool, 'queue', [spooledOf('run', { occurredAt: Date.now() })])
    writeFileSync(join(spool.folder, 'queue', '.unfinished-x'), '{')
    await keepBounds({ ...spool, wallClock: Date.now })
    expect(filesIn(spool, 'queue')).toContain('.unfinished-x')
    await keepBounds(spool)
    expect(filesIn(spool, 'queue')).not.toContain('.unfinished-x')
    expect(filesIn(spool, 'queue')).toHaveLength(1)
  })
})
