/** What wrappers and pings send to `cronitor serve` in end-to-end tests goes through the validating proxy. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { paths } from './run.ts'

const folder = join(paths.project, 'test/e2e')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name =>
  name.endsWith('.test.ts'),
)

/** Files whose programs report to `cronitor serve` without the proxy, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  'install/debian.test.ts': 'the same operations are checked in server/serve.test.ts',
  'install/install.test.ts': 'its programs report to the fake API, which checks each request itself',
  'wrapper/error-lines.test.ts': 'none of its servers comes to listen',
  'server/serve-tls.test.ts':
    'the proxy speaks no TLS; the same operations are checked by HTTP in server/serve.test.ts',
  'wrapper/shown.test.ts': 'its programs only read from the server; the test itself sends the events',
  'wrapper/trust.test.ts':
    'its wrapper and ping report to the fake API or to nobody; the test sends to its servers',
  'server/max-monitors.test.ts': 'its wrapper gets a 403, which the API does not declare',
  'server/several-servers.test.ts':
    'its program only reads from the server; the test itself sends the events',
  'server/store.test.ts': 'its wrapper and ping report to the fake API, which checks each request itself',
}

/** Does it start a server, and programs that report to one? */
function reportsToServe(text: string): boolean {
  if (/\bscripts\/demo\.mjs/.test(text)) return true
  return /'serve',\s*'--port|support\/serve\.ts'/.test(text) && /\breportingTo\(/.test(text)
}

test('each file that starts a server and reports to it has the proxy between', () => {
  const reporting = files.filter(name => reportsToServe(readFileSync(join(folder, name), 'utf8')))
  expect(reporting).toEqual(
    expect.arrayContaining([
      'server/demo.test.ts',
      'spool/herd.test.ts',
      'server/serve.test.ts',
      ...Object.keys(WITHOUT),
    ]),
  )
  for (const name of reporting.filter(each => !Object.hasOwn(WITHOUT, each))) {
    expect(readFileSync(join(folder, name), 'utf8'), name).toContain("'../../support/validating-proxy.ts'")
  }
})

test('no test lets requests pass that the API does not declare', () => {
  for (const name of files) {
    expect(readFileSync(join(folder, name), 'utf8'), name).not.toContain('allowInvalid')
  }
})
