/** A run trusts only the authority that verified the API's certificate before; if that fails, all that Node.js has. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { copyTrusting, makeCertificates } from '../../../bench/certificates.mjs'
import { installationInto } from '../../support/installation.ts'
import { isExecutable, paths, run } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { hasOpenssl, tlsFront } from '../../support/tls.ts'
import { apiForTest, reportingTo, statesOf } from '../../support/wrapper.ts'

/** The authorities are named by the launcher for Node.js. */
const isSkipped = isExecutable || !hasOpenssl()

describe.skipIf(isSkipped)('the authority of the API', () => {
  const folder = tempDir('authority')
  const node = join(folder, 'node')
  const read = (name: string) => readFileSync(join(folder, name))
  let installation = ''
  beforeAll(() => {
    makeCertificates(folder, rootCertificates.join('\n'), 'localhost')
    // A Node.js that has the test's authority in the place of a public one.
    expect(copyTrusting(folder, paths.node, node)).toBe(true)
  })

  async function secured() {
    const api = await apiForTest()
    const front = await tlsFront({ key: read('key.pem'), cert: read('chain.pem') }, api.port)
    installation = installationInto()
    return { ...front, api, env: reportingTo({ url: `https://localhost:${front.port}` }) }
  }

  const exec = async (env: Record<string, string | undefined>, program = node, job = 'true') => {
    const { status, stderr } = await run([join(installation, 'bin/cronitor-exec'), 'nightly', job], {
      env: { CRONITOR_NODE: program, ...env },
    })
    return [status, String(stderr)]
  }

  const noteFile = () => join(installation, 'dist/code/authorities')
  /** A note is in its file twice, as compiled code is. */
  const note = () => {
    const text = readFileSync(noteFile(), 'utf8')
    expect(text.slice(text.length / 2)).toBe(text.slice(0, text.length / 2))
    return base64Of(JSON.parse(text.slice(0, text.length / 2)).localhost)
  }
  /** The lines of PEM have different lengths. */
  const base64Of = (pem: string) => pem.replace(/-----[A-Z ]+-----|\s/g, '')
  const authority = () => base64Of(String(read('authority.pem')))
  const builtIn = (name: string) =>
    rootCertificates.find(pem => Buffer.from(base64Of(pem), 'base64').includes(name)) ?? ''
  const writeNote = (pem: string) => {
    mkdirSync(join(installation, 'dist/code'), { recursive: true })
    writeFileSync(noteFile(), JSON.stringify({ localhost: pem }).repeat(2))
  }

  test('is noted by the first run, and verifies the next', async () => {
    const { api, env, connections } = await secured()
    expect(await exec(env)).toEqual([0, ''])
    expect(note()).toBe(authority())
    expect(await exec(env)).toEqual([0, ''])
    expect(statesOf(api.events())).toEqual(['run', 'complete', 'run', 'complete'])
    expect(connections()).toBe(2)
  })

  test.each([
    ['does not verify the chain', () => builtIn('ISRG Root X2'), 2],
    ['is none of Node.js any more', () => 'a certificate', 1],
  ])('is found again if the noted one %s', async (_why, noted, connectionCount) => {
    const { api, env, connections } = await secured()
    writeNote(noted())
    expect(await exec(env)).toEqual([0, ''])
    expect(statesOf(api.events())).toEqual(['run', 'complete'])
    expect([connections(), note()]).toEqual([connectionCount, authority()])
  })

  test('is not trusted because of a note if Node.js does not have it', async () => {
    const { api, env } = await secured()
    writeNote(String(read('authority.pem')).trim())
    const log = join(tempDir('log'), 'log')
    const noted = { ...env, CRONITOR_LOG: log, CRONITOR_DELIVER_WITHIN: '200ms' }
    // Until the first try has ended, however long it takes.
    const [status, stderr] = await exec(noted, paths.node, `until [ -s ${log} ]; do sleep 0.02; done`)
    expect(status).toBe(0)
    expect(stderr).toContain('refused: its authority is unknown')
    expect(statesOf(api.events())).toEqual([])
  })

  test('may be one of NODE_EXTRA_CA_CERTS, which is never noted', async () => {
    const { api, env } = await secured()
    const trusting = { ...env, NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') }
    expect(await exec(trusting, paths.node)).toEqual([0, ''])
    expect(() => note()).toThrow('ENOENT')
    expect(statesOf(api.events())).toEqual(['run', 'complete'])
  })
})
