import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { enforceLimits } from '../../src/spool/enforce-limits.ts'
import { putEvents } from '../../src/spool/put-events.ts'
import { msSinceBoot } from '../../src/system/boot-clock.ts'
import { filesIn, NOW, spooledOf, spoolForTest, statesIn } from './support.ts'

describe('the limits', () => {
  test('drop and count waiting and refused events that are too old', async () => {
    const spool = spoolForTest({ maxAgeMs: 60_000 })
    const old = {
      occurredAt: NOW - 60_001,
      tries: 1,
      up: { boot: spool.place.boot, ms: msSinceBoot() - 60_001 },
    }
    await putEvents(spool, 'queue', [spooledOf('run', old), spooledOf('complete')])
    await putEvents(spool, 'rejected', [spooledOf('run', old)])
    expect(await enforceLimits(spool)).toEqual({ tooOld: 2, tooMany: 0 })
    expect(await statesIn(spool)).toEqual(['complete'])
    expect(await enforceLimits(spool)).toEqual({ tooOld: 0, tooMany: 0 })
  })

  test('drop the oldest events beyond the size, where each file counts in whole blocks', async () => {
    const spool = spoolForTest({ maxBytes: 3 * 4096 })
    const at = (ms: number) => ({ occurredAt: NOW + ms })
    await putEvents(spool, 'queue', [
      spooledOf('run', at(1)),
      spooledOf('ok', at(3)),
      spooledOf('complete', at(4)),
    ])
    await putEvents(spool, 'rejected', [spooledOf('fail', at(2)), spooledOf('fail', at(5))])
    expect(await enforceLimits(spool)).toEqual({ tooOld: 0, tooMany: 2 })
    expect(await statesIn(spool)).toEqual(['ok', 'complete'])
    expect(await statesIn(spool, 'rejected')).toEqual(['fail'])
  })

  test('drop some events even if reading the names took all of the time', async () => {
    const spool = spoolForTest({ maxAgeMs: 60_000, maxBytes: 4096 })
    const old = {
      occurredAt: NOW - 60_001,
      tries: 1,
      up: { boot: spool.place.boot, ms: msSinceBoot() - 60_001 },
    }
    await putEvents(spool, 'queue', [spooledOf('run', old), spooledOf('ok'), spooledOf('complete')])
    expect(await enforceLimits(spool, { isOver: () => true })).toEqual({ tooOld: 1, tooMany: 1 })
    expect(await statesIn(spool)).toEqual(['complete'])
  })

  test('remove the unfinished file of a killed process, once it is old enough', async () => {
    const spool = spoolForTest({ wallClock: () => Date.now() + 2 * 3_600_000 })
    await putEvents(spool, 'queue', [spooledOf('run', { occurredAt: Date.now() })])
    writeFileSync(join(spool.folder, 'queue', '.unfinished-x'), '{')
    await enforceLimits({ ...spool, wallClock: Date.now })
    expect(filesIn(spool, 'queue')).toContain('.unfinished-x')
    await enforceLimits(spool)
    expect(filesIn(spool, 'queue')).not.toContain('.unfinished-x')
    expect(filesIn(spool, 'queue')).toHaveLength(1)
  })
})
