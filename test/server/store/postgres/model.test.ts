import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDatabaseAddress } from '../../../../src/server/store/postgres/database-address.ts'
import { openPostgresStore } from '../../../../src/server/store/postgres/open-postgres.ts'
import { emptySchema, whyNoPostgres } from '../../../support/postgres.ts'
import { anEvent, expectModel, received } from '../expect-model.ts'
import { every, NOW } from '../support.ts'

/** What one of the servers is sent at the same time; afterwards another one may take its place. */
const aGroup = fc.record({
  events: fc.array(anEvent, { maxLength: 8 }),
  server: fc.nat({ max: 2 }),
  isReplaced: fc.constantFrom(false, false, true),
})

const why = whyNoPostgres()

describe.skipIf(why !== undefined)(`PostgreSQL${why ? ` (skipped: ${why})` : ''}`, () => {
  test('runs and health are those of the model, whichever of three servers is sent the events', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aGroup, { maxLength: 12 }), async groups => {
        const parsed = parseDatabaseAddress(await emptySchema(), {})
        if (!parsed.ok) throw new Error(parsed.problem)
        const open = () => openPostgresStore({ address: parsed.address, now: () => NOW })
        const servers = await Promise.all([open(), open(), open()])
        await servers[0].expect([{ monitorKey: 'other', rule: every(1e12) }])
        const events: ReturnType<typeof received>[] = []
        const kinds: string[] = []
        for (const { events: generated, server, isReplaced } of groups) {
          const group = generated.map((each, index) => received(each, events.length + index))
          const store = servers[server] ?? servers[0]
          for (const { kind } of await Promise.all(group.map(store.record))) kinds.push(kind)
          events.push(...group)
          if (!isReplaced) continue
          await store.close()
          servers[server] = await open()
        }
        for (const store of servers) await expectModel(store, events, kinds)
        expect(kinds).not.toContain('too-many-monitors')
        await Promise.all(servers.map(store => store.close()))
      }),
      { numRuns: Number(process.env.TEST_RUNS || 12) },
    )
  })
})
