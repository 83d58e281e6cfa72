import { beforeEach, expect, test, vi } from 'vitest'
import { runCommandLine } from '../../../src/commands/command-line.ts'
import { runPing } from '../../../src/commands/ping/ping.ts'
import { program } from '../../../src/commands/program.ts'

vi.mock('../../../src/commands/ping/ping.ts', () => ({ runPing: vi.fn(async () => 0) }))

beforeEach(() => {
  vi.mocked(runPing).mockClear()
  // The command exits at once, which would end the tests.
  vi.spyOn(process, 'exit').mockImplementation((() => {}) as typeof process.exit)
})

async function flagsOfPing(...argv: string[]) {
  expect(await runCommandLine(program({ exec: async () => {} }), argv)).toEqual({ kind: 'done' })
  return vi.mocked(runPing).mock.lastCall?.[0].flags
}

test.each(['spool', 'courier', 'stamp'])('--no-%s is accepted before ping and after it', async name => {
  const others = { spool: true, courier: true, stamp: true, ok: true }
  expect(await flagsOfPing('ping', 'key', '--ok')).toMatchObject(others)
  expect(await flagsOfPing(`--no-${name}`, 'ping', 'key', '--ok')).toMatchObject({ ...others, [name]: false })
  expect(await flagsOfPing('ping', `--no-${name}`, 'key', '--ok')).toMatchObject({ ...others, [name]: false })
})

test('options before ping apply if those after it do not override them', async () => {
  const flags = await flagsOfPing('--env', 'outer', '--hostname=h', 'ping', 'key', '--ok', '--env', 'inner')
  expect(flags).toMatchObject({ env: 'inner', hostname: 'h' })
})

test('--tick is --ok, and can be given with it', async () => {
  for (const flags of [['--tick'], ['--tick', '--ok'], ['--state', 'ok', '--tick']]) {
    await flagsOfPing('ping', 'key', ...flags)
    expect(vi.mocked(runPing).mock.lastCall?.[0].state).toBe('ok')
  }
})

test('--metric accepts several metrics, also in the form of the official client', async () => {
  const metrics = async (...values: string[]) =>
    (await flagsOfPing('ping', 'key', '--ok', ...values.flatMap(value => ['--metric', value])))?.metric
  const named = (all: Readonly<Record<string, number>>) =>
    Object.entries(all).map(([name, value]) => ({ name, value }))
  expect(await metrics('count:processed=100,error_count:failed=2')).toEqual(
    named({ processed: 100, failed: 2 }),
  )
  expect(await metrics('count:1, duration:db=2.5,', 'rows=3')).toEqual(named({ count: 1, db: 2.5, rows: 3 }))
})
