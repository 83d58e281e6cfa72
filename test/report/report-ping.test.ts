import { expect, test } from 'vitest'
import { reportPing } from '../../src/report/report-ping.ts'
import { eventOf } from '../support/fake-clock.ts'
import { BUSY, DISK_FULL, finish, NOT_FOUND, type StageOptions, stageOf } from './support.ts'

const event = eventOf('ok')

async function pingWith(options: StageOptions, stop = new AbortController().signal) {
  const { tools, settings, notices, clock, steps, warnings } = stageOf(options)
  const ping = reportPing({ event, settings, notices, stopWaiting: stop }, tools)
  const { result, tookMs } = await finish(ping, clock)
  return { ...result, tookMs, steps, warnings, sleepers: clock.sleepers() }
}

test('a delivered event: the spool of earlier commands is taken care of', async () => {
  const { outcome, steps, warnings, tookMs } = await pingWith({})
  expect(outcome).toEqual({ kind: 'delivered' })
  expect(steps).toEqual(['sent ok', 'recovered'])
  expect(warnings).toEqual([])
  expect(tookMs).toBe(0)
})

test('a refused event is kept among the rejected ones, with a warning', async () => {
  const { outcome, steps, warnings } = await pingWith({ answer: () => NOT_FOUND })
  expect(outcome).toMatchObject({ kind: 'rejected' })
  expect(steps).toEqual(['sent ok', 'rejected ok', 'recovered'])
  expect(warnings).toEqual([
    'the event was refused with HTTP status 404: there is no such monitor, or --url is wrong (kept: cronitor spool list --rejected)',
  ])
})

test('an undelivered event is queued at the deadline, and left to a courier', async () => {
  const { outcome, steps, warnings, tookMs } = await pingWith({ answer: () => 'hang' })
  expect(outcome).toMatchObject({ kind: 'queued', tries: 1 })
  expect(steps).toEqual(['sent ok', 'queued ok', 'courier'])
  expect(warnings).toEqual([
    'ok could not be delivered within 5s and is kept in the spool: no answer in the time given',
  ])
  expect(tookMs).toBe(5000)
})

test('without a courier, an event that was tried in vain is not tried again', async () => {
  const { steps } = await pingWith({ answer: () => BUSY, settings: { courier: false } })
  expect(new Set(steps)).toEqual(new Set(['sent ok', 'queued ok', 'courier']))
})

test('an event that cannot be kept is lost, and the warning says why', async () => {
  const full = await pingWith({ answer: () => 'hang', room: 0 })
  expect(full.outcome).toMatchObject({ kind: 'lost', queued: 0 })
  expect(full.warnings).toEqual([
    `ok could not be delivered within 5s and is lost: no answer in the time given; ${DISK_FULL}`,
  ])
  const none = await pingWith({ answer: () => 'hang', spool: 'none' })
  expect(none.outcome).toMatchObject({ kind: 'lost', queued: 0 })
  expect(none.warnings).toEqual([
    'ok could not be delivered within 5s and is lost: no answer in the time given',
  ])
})

test('an event behind earlier ones of its series is queued without a try', async () => {
  const { outcome, steps, warnings } = await pingWith({ hasEarlier: true })
  expect(outcome).toMatchObject({ kind: 'queued', tries: 0 })
  expect(steps).toEqual(['queued ok', 'courier'])
  expect(warnings).toEqual(['ok is kept in the spool: earlier events have to be delivered first'])
})

test('without a courier, an event behind earlier ones is delivered from the spool', async () => {
  const { steps } = await pingWith({ hasEarlier: true, settings: { courier: false } })
  expect(steps).toEqual(['queued ok', 'courier', 'delivered from spool'])
})

test('a signal ends the delivery at once, and the event is queued', async () => {
  const { outcome, steps, tookMs, sleepers } = await pingWith({ answer: () => 'hang' }, AbortSignal.abort())
  expect(outcome).toMatchObject({ kind: 'queued', tries: 1 })
  expect(steps).toEqual(['sent ok', 'queued ok', 'courier'])
  expect(tookMs).toBe(0)
  expect(sleepers).toBe(0)
})

test('a spool that does not answer delays the event for 2 seconds, and the ping for no more than its time', async () => {
  const { outcome, steps, warnings, tookMs, isThreadStuck } = await pingWith({ spool: 'hung' })
  expect(outcome).toEqual({ kind: 'delivered' })
  expect(steps).toEqual(['sent ok'])
  expect(warnings).toEqual(['events cannot be kept on disk: the file system of /a/spool does not answer'])
  expect(tookMs).toBe(5000)
  expect(isThreadStuck).toBe(true)
})

test('an undelivered event is lost if the spool does not answer: one warning', async () => {
  const { outcome, warnings, tookMs } = await pingWith({ spool: 'hung', answer: () => 'hang' })
  expect(outcome).toMatchObject({ kind: 'lost', queued: 0 })
  expect(warnings).toEqual([
    'ok could not be delivered within 5s and is lost: no answer in the time given; the file system of /a/spool does not answer',
  ])
  // In the program, `whileAnswering` notices earlier that a file system hangs.
  expect(tookMs).toBeLessThanOrEqual(8200)
})

test('an address that cannot be used: the event is queued, and the warning is that of the settings', async () => {
  const url = { kind: 'unusable', problem: '--url: not a URL' } as const
  const { outcome, steps, warnings } = await pingWith({ settings: { url } })
  expect(outcome).toMatchObject({ kind: 'queued', tries: 0 })
  expect(steps).toEqual(['queued ok', 'courier', 'recovered'])
  expect(warnings).toEqual([])
})

test('without an API key nothing is sent or kept', async () => {
  const { outcome, steps, warnings } = await pingWith({ settings: { key: undefined } })
  expect(outcome).toEqual({ kind: 'no-key' })
  expect(steps).toEqual([])
  expect(warnings).toEqual([
    'nothing was sent: there is no API key; run cronitor configure, or set CRONITOR_API_KEY or CRONITOR_API_KEY_FILE',
  ])
  expect((await pingWith({ settings: { key: undefined, isMissingKeyExplained: true } })).warnings).toEqual([])
})
