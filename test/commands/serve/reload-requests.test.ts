import { expect, onTestFinished, test, vi } from 'vitest'
import { createReloadRequests } from '../../../src/commands/serve/reload-requests.ts'
import { currentProcess } from '../../../src/commands/serve/serve-process.ts'

test('requests before the first content is in use are answered by one reload, and later ones by one each', () => {
  const requests = createReloadRequests()
  const run = vi.fn()
  requests.request()
  requests.request()
  requests.runBy(run)
  expect(run).toHaveBeenCalledTimes(1)
  requests.request()
  expect(run).toHaveBeenCalledTimes(2)
})

test('without a request nothing is reloaded', () => {
  const requests = createReloadRequests()
  const run = vi.fn()
  requests.runBy(run)
  expect(run).not.toHaveBeenCalled()
})

test('a request while something starts is repeated once that has started', async () => {
  const requests = createReloadRequests()
  const run = vi.fn()
  requests.runBy(run)
  expect(await requests.repeatAfter(async () => 'quiet')).toBe('quiet')
  expect(run).not.toHaveBeenCalled()
  await requests.repeatAfter(async () => requests.request())
  expect(run).toHaveBeenCalledTimes(2)
})

test('the process remembers a SIGHUP that arrives before the server is loaded', () => {
  const before = process.listeners('SIGHUP')
  onTestFinished(() => {
    for (const each of process.listeners('SIGHUP')) if (!before.includes(each)) process.off('SIGHUP', each)
  })
  const io = currentProcess(true)
  process.emit('SIGHUP')
  const reload = vi.fn()
  io.onReload(reload)
  expect(reload).toHaveBeenCalledTimes(1)
  process.emit('SIGHUP')
  expect(reload).toHaveBeenCalledTimes(2)
})
