import { describe, expect, test } from 'vitest'
import { formatEventFileName, parseEventFileName, seriesIdOf } from '../../src/spool/event-file-name.ts'
import { KEY_PRINT, NOW, spooledOf } from './support.ts'

describe('the name of an event', () => {
  test('contains time, series, key and size, and is parsed back', () => {
    const group = seriesIdOf(spooledOf('run').event, KEY_PRINT)
    const file = formatEventFileName(NOW, group, KEY_PRINT, 345, { id: '00112233aabb' })
    expect(parseEventFileName(file)).toEqual({
      file,
      order: NOW,
      seriesId: group,
      monitorId: group.slice(0, 8),
      key: KEY_PRINT,
      id: '00112233aabb',
      bytes: 345,
      address: 'default',
    })
  })

  test('says if the event was kept for a configured address; names of earlier versions do not', () => {
    const group = seriesIdOf(spooledOf('run').event, KEY_PRINT)
    const file = formatEventFileName(NOW, group, KEY_PRINT, 345, { address: 'configured' })
    expect(parseEventFileName(file)).toMatchObject({ address: 'configured', bytes: 345 })
    expect(formatEventFileName(NOW, group, KEY_PRINT, 345, { address: 'default' })).not.toContain('default')
  })

  test('has one series id for the events of a series, and another one for each other series, monitor and key', () => {
    const group = (more: object, key = KEY_PRINT) => seriesIdOf(spooledOf('run', {}, more).event, key)
    expect(group({ state: 'complete' })).toBe(group({}))
    const others = [group({}), group({ series: 't' }), group({ monitorKey: 'n' }), group({}, 'anonymous')]
    expect(new Set(others).size).toBe(4)
    // Half of a group is its monitor's.
    expect(group({ series: 't' }).slice(0, 8)).toBe(group({}).slice(0, 8))
  })
})
