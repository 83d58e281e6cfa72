/**
 * The vendor's own clients, unmodified. They send to https://cronitor.link only: a proxy leads that to `cronitor serve`, whose
 * certificate has that name.
 */

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { httpProxyForTest } from './http-proxy.ts'
import { KEY } from './key.ts'
import { type RunResult, run } from './run.ts'
import { type Served, serve } from './serve.ts'
import { tempDir } from './temp.ts'
import { hasOpenssl, makeAuthority } from './tls.ts'

export const PYTHON_SDK_VERSION = '4.9.0'

/** `.ci/run` makes one with the SDK in it. */
export const python = process.env.TEST_PYTHON || 'python3'

const noOpenssl = hasOpenssl() ? undefined : 'there is no openssl'

/** Why the npm package cannot be tested; undefined if it can. */
export const noNpmSdk = noOpenssl

export const noPythonSdk =
  noOpenssl ??
  (succeeds(
    python,
    '-c',
    `import importlib.metadata as m; assert m.version("cronitor") == "${PYTHON_SDK_VERSION}"`,
  )
    ? undefined
    : `cronitor ${PYTHON_SDK_VERSION} from PyPI is not installed for ${process.env.TEST_PYTHON ? 'TEST_PYTHON' : 'python3'}`)

export const noCelery =
  noPythonSdk ?? (succeeds(python, '-c', 'import celery') ? undefined : 'celery from PyPI is not installed')

/** The path of `cronitor` on PATH, which may also be this project's. */
export const goClient = spawnSync('sh', ['-c', 'command -v cronitor'], { encoding: 'utf8' }).stdout.trim()

export const noGoClient =
  noOpenssl ??
  (goClient !== '' && /^CronitorCLI version/.test(spawnSync(goClient, { encoding: 'utf8' }).stdout)
    ? undefined
    : 'the vendor’s cronitor is not on PATH')

function succeeds(file: string, ...args: string[]): boolean {
  return spawnSync(file, args, { stdio: 'ignore' }).status === 0
}

export interface OfficialHost {
  readonly server: Served
  /** Runs a program that finds the server at https://cronitor.link. Rejects if it fails. */
  readonly run: (
    argv: readonly string[],
    env?: Readonly<Record<string, string>>,
    input?: string,
  ) => Promise<RunResult>
  /** The first events, without `id` and `time`. */
  readonly events: (count: number) => Promise<Record<string, unknown>[]>
}

export async function officialHost(): Promise<OfficialHost> {
  const folder = tempDir('official-host')
  const authority = makeAuthority()
  const certificate = authority.issue('DNS:cronitor.link')
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem'), keys: join(folder, 'keys') }
  writeFileSync(files.cert, certificate.cert)
  writeFileSync(files.key, certificate.key, { mode: 0o600 })
  writeFileSync(files.keys, `${KEY}\n`, { mode: 0o600 })
  const server = await serve([
    ...['--json', '--tls-cert', files.cert, '--tls-key', files.key],
    ...['--api-key-file', files.keys, '--allow-anonymous'],
  ])
  const proxy = await httpProxyForTest({ toPort: server.port })
  const surroundings = {
    CRONITOR_API_KEY: KEY,
    HTTPS_PROXY: proxy.url,
    // For Go, Node.js and Python.
    SSL_CERT_FILE: authority.caFile,
    NODE_EXTRA_CA_CERTS: authority.caFile,
    REQUESTS_CA_BUNDLE: authority.caFile,
  }
  return {
    server,
    run: async (argv, env = {}, input = undefined) => {
      const result = await run(argv, {
        env: { ...surroundings, ...env },
        ...(input !== undefined && { input }),
      })
      if (result.status !== 0) throw new Error(`status ${result.status}: ${result.stderr}`)
      return result
    },
    events: async count =>
      (await server.printed(count)).map(line => {
        const { id: _, time: __, ...event } = JSON.parse(line)
        return event
      }),
  }
}
