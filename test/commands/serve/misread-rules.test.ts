import { expect, test } from 'vitest'
import { misreadRules } from '../../../src/commands/serve/misread-rules.ts'
import { parseExpectation } from '../../../src/commands/serve/parse-expectation.ts'
import { event, testStore } from '../../server/store/support.ts'

async function warningsFor(...texts: string[]): Promise<string[]> {
  const store = await testStore()
  await store.record(event('complete', 0, { monitorKey: 'backup@web1' }))
  const expectations = texts.map(text => {
    const parsed = parseExpectation(text)
    if (!parsed.ok) throw new Error(parsed.problem)
    return parsed.expectation
  })
  await store.expect(expectations)
  return misreadRules(expectations, store)
}

test('a key with @ that no monitor has was probably meant as an environment', async () => {
  expect(await warningsFor('job@production=every 25h', 'backup@web1=every 25h', 'x=every 1h')).toEqual([
    "'job@production=every 25h' is for a monitor with that name, which is not known yet; for an environment write 'job=every 25h in production'",
  ])
})

test('words of a rule behind an environment were probably not meant as its name', async () => {
  expect(await warningsFor('job=every 25h in production max 2h')).toEqual([
    "'job=every 25h in production max 2h' is for the environment 'production max 2h': 'in' must come last",
  ])
})

test('nothing else is reported', async () => {
  expect(await warningsFor('job@production=max 1h', 'a@b@=max 1h', '@=every 1h', 'a=every 1h in EU')).toEqual(
    [],
  )
})
