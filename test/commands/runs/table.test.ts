import { expect, test } from 'vitest'
import { createRunsTable, plain } from '../../../src/commands/runs/table.ts'
import { textWidth } from '../../../src/commands/terminal/text-width.ts'
import type { RunJson } from '../../../src/server/api/run-json.ts'

const STARTED = new Date(2026, 10, 24, 3, 4, 5)

const run = (more: Partial<RunJson> = {}): RunJson => ({
  id: 1,
  monitor: 'nightly-backup',
  state: 'failed',
  started_at: STARTED.toISOString(),
  duration: 63.25,
  status_code: 3,
  host: 'db1',
  env: 'prod',
  message: 'no space\nexit status 3',
  ...more,
})

const table = (runs: readonly RunJson[], columns?: number) => createRunsTable(plain).lines(runs, columns)

test('a run is a line below the headings', () => {
  expect(
    table([run(), run({ monitor: 'a', state: 'running', duration: undefined, status_code: undefined })]),
  ).toEqual([
    'TIME                 MONITOR         STATE     DURATION  STATUS  HOST  ENV   MESSAGE',
    '2026-11-24 03:04:05  nightly-backup  failed    1m3s      3       db1   prod  no space · exit status 3',
    '2026-11-24 03:04:05  a               running   -         -       db1   prod  no space · exit status 3',
  ])
})

test('an unknown value is a dash, and headings are printed without runs too', () => {
  const bare: RunJson = { id: 1, monitor: 'a', state: 'complete' }
  expect(table([bare])[1]).toBe('-                    a             complete  -         -       -     -')
  expect(table([])).toEqual([
    'TIME                 MONITOR       STATE     DURATION  STATUS  HOST  ENV  MESSAGE',
  ])
})

test('headings are printed once, and columns do not become narrower', () => {
  const { lines } = createRunsTable(plain)
  lines([run({ monitor: 'a-long-monitor' })], undefined)
  expect(lines([run({ monitor: 'a' })], undefined)).toEqual([
    '2026-11-24 03:04:05  a               failed    1m3s      3       db1   prod  no space · exit status 3',
  ])
})

test.each([200, 120, 80, 60, 40, 20, 5])('no line is wider than %i columns', columns => {
  const wide = run({
    monitor: '監視'.repeat(40),
    host: 'h'.repeat(80),
    env: 'e'.repeat(80),
    message: '日本語 '.repeat(60),
  })
  const lines = table([run(), wide, run({ message: 'm'.repeat(500) })], columns)
  expect(lines).toHaveLength(4)
  for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns)
})

test('on a narrow terminal the message is kept, and other columns are left out', () => {
  const [heading] = table([run()], 80)
  expect(heading).toContain('MESSAGE')
  expect(heading).not.toContain('ENV')
  expect(table([run()], 160)[0]).toContain('ENV')
})

test('long values are cut at their end, long messages at their start', () => {
  const message = 'copying\nNo space left on device\nexit status 3'
  const [, line = ''] = table([run({ monitor: 'm'.repeat(60), message })], 108)
  expect(line).toMatch(/ m{39}… {2}failed {4}/)
  expect(line).toMatch(/ {2}…n device · exit status 3$/)
})

test('values are not cut if the output is no terminal', () => {
  const whole = {
    monitor: 'm'.repeat(128),
    host: 'h'.repeat(80),
    env: 'e'.repeat(60),
    message: 'x'.repeat(300),
  }
  const [, line = ''] = table([run(whole)])
  for (const value of Object.values(whole)) expect(line).toContain(value)
})

test('control characters and direction marks have no effect', () => {
  const evil = '\u001b[31mred\u0007\u009b2J\u202eabc\u2028'
  const lines = table([run({ monitor: evil, host: evil, env: evil, message: `${evil}\nsecond line` })])
  expect(lines).toHaveLength(2)
  expect(lines[1]).not.toMatch(/[\p{Cc}\u2028\u202e]/u)
  expect(lines[1]).toContain('\ufffd[31mred')
  expect(lines[1]?.endsWith('  second line')).toBe(true)
})

test.each([
  [0, '0s'],
  [0.25, '250ms'],
  [59.5, '59.5s'],
  [3725.4, '1h2m5s'],
  [-1, '-1s'],
  [1e300, '1e+300s'],
])('a duration of %d seconds is shown as %s', (duration, shown) => {
  expect(table([run({ duration })])[1]).toContain(`  ${shown}  `)
})

test('colours do not count for the width of a cell', () => {
  const { lines } = createRunsTable({
    heading: text => `<h>${text}</h>`,
    state: (text, state) => `<${state}>${text}</${state}>`,
    faint: text => `<f>${text}</f>`,
  })
  const [heading, line] = lines([run({ state: 'lost', monitor: 'a' })], undefined)
  expect(heading).toMatch(/^<h>TIME.*MESSAGE<\/h>$/)
  expect(line).toBe(
    '<f>2026-11-24 03:04:05</f>  a             <lost>lost    </lost>  1m3s      3       <f>db1 </f>  <f>prod</f>  no space · exit status 3',
  )
})
