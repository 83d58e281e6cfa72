import { expect, test } from 'vitest'
import type { Service, ServiceContext, StartedService } from '../../../src/commands/serve/service.ts'
import { serviceStarter } from '../../../src/commands/serve/start-services.ts'

// No service of these tests uses it.
const context = {} as ServiceContext

test('services start in their order; after a problem, the next start begins with the one that had it', async () => {
  const asked: string[] = []
  const started: Service[] = []
  const service = (name: string, problems: string[] = []) => {
    const running: Service = { close: async () => {} }
    const start = async (): Promise<StartedService> => {
      asked.push(name)
      const problem = problems.shift()
      return problem === undefined ? { ok: true, service: running } : { ok: false, problem, mayPass: true }
    }
    return { running, start }
  }
  const all = [service('a'), service('b', ['lost', 'lost again']), service('c')]
  const startServices = serviceStarter(
    context,
    started,
    all.map(({ start }) => start),
  )
  expect(await startServices()).toEqual({ ok: false, problem: 'lost', mayPass: true })
  expect(started).toEqual([all[0]?.running])
  expect(await startServices()).toMatchObject({ problem: 'lost again' })
  expect(await startServices()).toBeUndefined()
  expect(asked).toEqual(['a', 'b', 'b', 'b', 'c'])
  expect(started).toEqual(all.map(({ running }) => running))
  expect(await startServices()).toBeUndefined()
  expect(started).toHaveLength(3)
})
