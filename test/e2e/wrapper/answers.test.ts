/** Answers such as a real API's, with a dozen headers, are read by code that is compiled once, and not better than that needs. */

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isExecutable, paths } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { apiForTest, cronitor, exec, reportingTo, statesOf } from '../../support/wrapper.ts'

const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store, private',
  vary: 'accept-encoding, origin',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'x-request-id': '0f8c2d9e-6a17-4c35-9b1e-7d20a5c4e811',
  'x-runtime': '0.004211',
  server: 'edge',
  'x-edge-ray': '8f2c71d0ae3b9d5c-EDG',
  'alt-svc': 'h3=":443"; ma=86400',
}

/** V8 says on stdout which functions of WebAssembly it compiles, and by which of its compilers. */
const telling = join(tempDir('telling'), 'node')
writeFileSync(telling, `#!/bin/sh\nexec '${paths.node}' --trace-wasm-compilation-times "$@"\n`)
chmodSync(telling, 0o755)

/** The executable has no parser in WebAssembly. */
const COMPILERS = isExecutable ? [] : ['Liftoff']

const compilers = (stdout: Buffer): Set<string> =>
  new Set(Array.from(String(stdout).matchAll(/^Compiled function .* using (\w+)/gm), ([, name = '']) => name))

test('a run does not wait for V8 to compile the parser of its answers once more', async () => {
  const api = await apiForTest({ respond: () => ({ status: 200, headers: HEADERS, body: '{}' }) })
  // Long enough for the background compilation to end and to be reported.
  const result = await exec(['nightly', 'sleep', '0.5'], reportingTo(api, { CRONITOR_NODE: telling }))
  expect([result.status, String(result.stderr)]).toEqual([0, ''])
  expect(statesOf(api.events())).toEqual(['run', 'complete'])
  expect([...compilers(result.stdout)]).toEqual(COMPILERS)
})

test('a flush of many events does not wait for it either', async () => {
  const api = await apiForTest({ respond: () => ({ status: 200, headers: HEADERS, body: '{}' }) })
  const spool = tempDir('spool')
  const away = reportingTo(
    { url: 'http://127.0.0.1:1' },
    { CRONITOR_SPOOL_DIR: spool, CRONITOR_DELIVER_WITHIN: '0s' },
  )
  for (let count = 0; count < 6; count += 1) await cronitor(['ping', 'nightly', '--ok'], away)
  const env = reportingTo(api, { CRONITOR_SPOOL_DIR: spool, CRONITOR_NODE: telling })
  const result = await cronitor(['spool', 'flush'], env)
  expect([result.status, String(result.stderr)]).toEqual([0, ''])
  expect(api.events()).toHaveLength(6)
  expect([...compilers(result.stdout)]).toEqual(COMPILERS)
})
