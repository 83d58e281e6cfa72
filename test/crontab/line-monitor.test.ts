import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lineMonitor } from '../../src/crontab/line-monitor.ts'
import { programsOf } from '../../src/crontab/program-words.ts'

test.each([
  [
    "exec /opt/cronitor-exec --env 'a b' key 'x y'",
    { kind: 'wrapped', key: 'key', options: ['--env', 'a b'], command: 'x y' },
  ],
  [
    "exec '/opt/my tools/cronitor-exec' key ''%in",
    { kind: 'wrapped', launcher: '/opt/my tools/cronitor-exec', command: '%in' },
  ],
  ['cronitor-exec --timeout 5m --quiet key x', { kind: 'client', program: 'cronitor-exec', key: 'key' }],
  [
    '/usr/bin/cronitor --env prod -n "web 1" exec --no-stdout abc123 x',
    { kind: 'client', program: 'cronitor exec', key: 'abc123' },
  ],
  [
    'cd /x && sudo -u www nice cronitor exec -- abc x',
    { kind: 'client', program: 'cronitor exec', key: 'abc' },
  ],
  [
    'x && cronitor ping abc --complete || cronitor ping abc --fail',
    { kind: 'client', program: 'cronitor ping', key: 'abc' },
  ],
  ["bash -lc 'cronitor exec abc x'", { kind: 'client', program: 'cronitor exec', key: 'abc' }],
  ['curl -s "https://cronitor.link/p/KEY/abc?state=run"; x', { kind: 'request' }],
  ['runitor -slug nightly -- x', { kind: 'other-service', name: 'Healthchecks' }],
  ['x && curl -fsS https://hc-ping.com/1234', { kind: 'other-service', name: 'Healthchecks' }],
  ['sentry-cli monitors run nightly -- x', { kind: 'other-service', name: 'Sentry' }],
  ['cronitor spool flush', { kind: 'none' }],
  ['echo cronitor exec abc', { kind: 'none' }],
  ['# cronitor exec abc x', { kind: 'none' }],
  ['cat%cronitor exec abc x', { kind: 'none' }],
])('%s', (command, expected) => {
  expect(lineMonitor({ command }, 'debian')).toMatchObject(expected)
  expect(lineMonitor({ command }, 'cronie')).toMatchObject(expected)
})

describe('the programs of a command line', () => {
  test.each([
    ['a b; c && d || e | f & g', [['a', 'b'], ['c'], ['d'], ['e'], ['f'], ['g']]],
    ['a >/dev/null 2>&1 < in >>out &>x b', [['a', 'b']]],
    ['a "b c" \'d e\' f\\ g # h', [['a', 'b c', 'd e', 'f g']]],
    ['(cd /x; { a; })', [['cd', '/x'], ['a'], ['}']]],
    ['A=1 B="x y" env C=2 a', [['a']]],
    ['timeout -k 5 10m flock -w 3 /l sudo -u www -- a b', [['a', 'b']]],
    ["flock /l -c 'a; b'", [['a'], ['b']]],
    ["su -s /bin/sh -c 'a b' www", [['a', 'b']]],
    ['if [ -x /a ]; then /a; fi', [['[', '-x', '/a', ']'], ['/a'], ['fi']]],
    ['a $(b c) `d e` "$(f g)"', [['a', '$(b c)', '`d e`', '$(f g)']]],
    ['nice', [['nice']]],
    ['', []],
  ])('%s', (line, programs) => {
    expect(programsOf(line)).toEqual(programs)
  })

  test('any text has some', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab "\'\\`$(){};&|<>#=\n-') }), text => {
        const words = programsOf(text).flat().join('')
        expect(words.length).toBeLessThanOrEqual(text.length)
      }),
      { numRuns: 2000 },
    )
  })
})
