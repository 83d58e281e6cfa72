/** `cronitor serve` behind real proxies, with the configurations of docs/reverse-proxy.md. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KEY } from '../../support/key.ts'
import { ownPort } from '../../support/own-port.ts'
import { paths, start } from '../../support/run.ts'
import { type Served, serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'
import { hasOpenssl, makeAuthority } from '../../support/tls.ts'
import { until } from '../../support/until.ts'
import { cronitor } from '../../support/wrapper.ts'

/** Debian's folder for servers is not in everybody's PATH. */
const SEARCHED = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
const has = (program: string, flag: string) =>
  spawnSync(program, [flag], { env: SEARCHED, stdio: 'ignore' }).error === undefined

const document = readFileSync(join(paths.project, 'docs/reverse-proxy.md'), 'utf8')

/** The example with the ports and the certificate of the test. */
function configuration(kind: string, { server, port, folder }: Place): string {
  const example = new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(document)?.[1] ?? ''
  return example
    .replaceAll('127.0.0.1:8427', `127.0.0.1:${server.port}`)
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replace('bind :443', `bind 127.0.0.1:${port}`)
    .replaceAll('/etc/ssl/', `${folder}/`)
}

interface Place {
  readonly server: Served
  readonly port: number
  readonly folder: string
}

interface Proxy {
  readonly kind: string
  readonly isThere: boolean
  /** Writes the configuration and returns the command. */
  readonly command: (place: Place) => readonly string[]
}

const PROXIES: readonly Proxy[] = [
  {
    kind: 'nginx',
    isThere: has('nginx', '-v'),
    command: place => {
      const { folder } = place
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        name => `${name}_temp_path ${folder}/tmp;`,
      )
      mkdirSync(join(folder, 'tmp'))
      writeFileSync(
        join(folder, 'nginx.conf'),
        `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
events {}
http { access_log off; ${temporary.join(' ')}
${configuration('nginx', place)}}`,
      )
      return ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']
    },
  },
  {
    kind: 'haproxy',
    isThere: has('haproxy', '-v'),
    command: place => {
      const file = join(place.folder, 'haproxy.cfg')
      writeFileSync(file, configuration('haproxy', place))
      return ['haproxy', '-db', '-f', file]
    },
  },
]

describe.each(PROXIES)('$kind', ({ kind, isThere, command }) => {
  const isPossible = isThere && hasOpenssl()
  const why = isPossible ? '' : ` (skipped: there is no ${isThere ? 'openssl' : kind})`

  async function startBoth(flags: readonly string[]) {
    const folder = tempDir(kind)
    const authority = makeAuthority()
    const { cert, key } = authority.issue('IP:127.0.0.1')
    writeFileSync(join(folder, 'cronitor.key'), key)
    writeFileSync(join(folder, 'cronitor.pem'), Buffer.concat([cert, key]))
    const keys = join(folder, 'keys')
    writeFileSync(keys, `${KEY}\n`, { mode: 0o600 })
    const server = await serve(['--api-key-file', keys, ...flags])
    const port = await ownPort()
    const proxy = start(command({ server, port, folder }), { env: { PATH: SEARCHED.PATH } })
    onTestFinished(async () => {
      proxy.signalGroup('SIGKILL')
      await proxy.done.catch(() => {})
    })
    const agent = new Agent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false })
    onTestFinished(() => agent.destroy())
    const send = (path: string, headers: Record<string, string> = {}, body?: string) =>
      new Promise<{ status: number | undefined; cookie: string; text: string }>((resolve, reject) => {
        const method = body === undefined ? 'GET' : 'POST'
        const sent = request({ host: '127.0.0.1', port, path, agent, method, headers }, response => {
          let text = ''
          response.setEncoding('utf8').on('data', chunk => {
            text += chunk
          })
          response.on('end', () =>
            resolve({
              status: response.statusCode,
              cookie: response.headers['set-cookie']?.join() ?? '',
              text,
            }),
          )
        })
        sent.on('error', reject).end(body)
      })
    await until('the proxy answers', async () => {
      try {
        return (await send('/healthz')).status === 200
      } catch {
        return false
      }
    })
    return { server, port, send, caFile: authority.caFile }
  }

  test.skipIf(!isPossible)(`the page and its login work with HTTPS${why}`, async () => {
    const { port, send, caFile, server } = await startBoth(['--trust-proxy', 'loopback'])
    const origin = `https://127.0.0.1:${port}`
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin, host: `127.0.0.1:${port}` }
    const login = await send('/login', form, `key=${KEY}`)
    expect(login.status).toBe(303)
    expect(login.cookie).toMatch(/^__Host-cronitor=.*; Secure$/)
    const page = await send('/', { cookie: login.cookie.split(';')[0] ?? '' })
    expect(page.status).toBe(200)
    expect(page.text).toContain(`CRONITOR_TELEMETRY_URL=${origin}`)
    const ping = await cronitor(['ping', 'job', '--ok'], {
      CRONITOR_TELEMETRY_URL: origin,
      CRONITOR_API_KEY: KEY,
      NODE_EXTRA_CA_CERTS: caFile,
    })
    expect([ping.status, String(ping.stderr)]).toEqual([0, ''])
    await server.printed(1)
  })

  test.skipIf(!isPossible)(`what a client writes into the headers is not believed${why}`, async () => {
    const { send } = await startBoth(['--trust-proxy', 'loopback'])
    const statuses: (number | undefined)[] = []
    for (let each = 0; each < 7; each += 1) {
      const invented = { 'x-forwarded-for': `192.0.2.${each}`, forwarded: `for=192.0.2.${each}` }
      const form = { 'content-type': 'application/x-www-form-urlencoded', ...invented }
      statuses.push((await send('/login', form, 'key=a-wrong-key')).status)
    }
    expect(statuses).toContain(429)
  })

  test.skipIf(!isPossible)(`many requests over idle connections are all answered${why}`, async () => {
    const { send, server } = await startBoth(['--trust-proxy', 'loopback'])
    for (let round = 0; round < 20; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => send(`/p/${KEY}/job-${index}?state=ok`)),
      )
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    }
    await server.printed(200)
  })
})
