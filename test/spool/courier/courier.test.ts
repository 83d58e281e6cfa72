import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { deliverAsCourier } from '../../../src/spool/courier/courier.ts'
import type { DrainTools, SendSpooled } from '../../../src/spool/drain/drain-tools.ts'
import { putEvents } from '../../../src/spool/put-events.ts'
import { deliveryLockPath, type Spool } from '../../../src/spool/spool.ts'
import { acquireLock } from '../../../src/system/lock.ts'
import { processId } from '../../../src/system/process-id.ts'
import { filesIn, KEY_PRINT, lockHolder, spooledOf, spoolForTest } from '../support.ts'

function toolsFor(spool: Spool, send: SendSpooled): DrainTools {
  return {
    spool,
    key: KEY_PRINT,
    address: 'configured',
    send,
    stamp: true,
    now: () => performance.now(),
    // Other work gets its turn, and then the time is over.
    sleep: () => turn(),
    random: () => 0,
    report: () => {},
  }
}

const never = new AbortController().signal

test('the courier delivers the waiting events, and releases the lock', async () => {
  const spool = spoolForTest()
  await putEvents(spool, 'queue', [spooledOf('run'), spooledOf('complete')])
  const holders: (string | undefined)[] = []
  await deliverAsCourier(
    toolsFor(spool, async () => {
      holders.push(lockHolder(deliveryLockPath(spool, KEY_PRINT), spool.place)?.role)
      return { kind: 'status', status: 200 }
    }),
    never,
  )
  expect(holders).toEqual(['courier', 'courier'])
  expect(filesIn(spool, 'queue')).toEqual([])
  expect(lockHolder(deliveryLockPath(spool, KEY_PRINT), spool.place)).toBeUndefined()
})

test('a second courier does nothing while the first one runs', async () => {
  const spool = spoolForTest()
  await putEvents(spool, 'queue', [spooledOf('run')])
  const path = deliveryLockPath(spool, KEY_PRINT)
  // Another process's, which lives.
  const held = acquireLock(path, 'starting', spool.place)
  const parent = processId(process.ppid)
  if (held.kind !== 'held' || parent === undefined) throw new Error('it is not held')
  held.lock.handOver(parent, 'courier')
  let sent = 0
  await deliverAsCourier(
    toolsFor(spool, async () => {
      sent += 1
      return { kind: 'status', status: 200 }
    }),
    never,
  )
  expect(sent).toBe(0)
  expect(filesIn(spool, 'queue')).toHaveLength(1)
})

test('the courier takes the lock that was handed over to it', async () => {
  const spool = spoolForTest()
  await putEvents(spool, 'queue', [spooledOf('run')])
  const held = acquireLock(deliveryLockPath(spool, KEY_PRINT), 'starting', spool.place)
  const self = processId(process.pid)
  if (held.kind !== 'held' || self === undefined) throw new Error('it is not held')
  held.lock.handOver(self, 'courier')
  await deliverAsCourier(
    toolsFor(spool, async () => ({ kind: 'status', status: 200 })),
    never,
  )
  expect(filesIn(spool, 'queue')).toEqual([])
})

test('an event that a wrapper puts while the courier leaves is delivered too', async () => {
  const spool = spoolForTest()
  await putEvents(spool, 'queue', [spooledOf('run')])
  let late: Promise<void> | undefined
  const tools = toolsFor(spool, async () => ({ kind: 'status', status: 200 }))
  await deliverAsCourier(
    {
      ...tools,
      report() {
        // Once: after the last batch was listed, and before the lock is free, as far as it can be told from here.
        late ??= new Promise(resolve => setTimeout(resolve, 0)).then(() =>
          putEvents(spool, 'queue', [spooledOf('ok', {}, { series: 'late' })]),
        )
      },
    },
    never,
  )
  await late
  if (filesIn(spool, 'queue').length > 0) await deliverAsCourier(tools, never)
  expect(filesIn(spool, 'queue')).toEqual([])
})

test('the courier ends on a signal, and leaves the rest', async () => {
  const spool = spoolForTest()
  await putEvents(spool, 'queue', [spooledOf('run')])
  const stop = new AbortController()
  await deliverAsCourier(
    toolsFor(spool, async () => {
      stop.abort()
      return { kind: 'error', message: 'no answer' }
    }),
    stop.signal,
  )
  expect(filesIn(spool, 'queue')).toHaveLength(1)
  expect(lockHolder(deliveryLockPath(spool, KEY_PRINT), spool.place)).toBeUndefined()
})

test('the courier ends if it cannot send a file', async () => {
  const spool = spoolForTest()
  await putEvents(spool, 'queue', [spooledOf('run')])
  const [file = ''] = filesIn(spool, 'queue')
  mkdirSync(join(spool.folder, 'queue', file.replace(/-\d+\.json$/, '-1.json')))
  await deliverAsCourier(
    toolsFor(spool, async () => ({ kind: 'status', status: 200 })),
    never,
  )
  expect(filesIn(spool, 'queue').length).toBeGreaterThan(0)
})
