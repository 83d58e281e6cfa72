/** Certificates of an authority of the test's own, made by openssl, and a TLS front for a plain server. */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { onTestFinished } from 'vitest'
import { tempDir } from './temp.ts'
import { listening } from './wrapper.ts'

export interface Certificate {
  readonly key: Buffer
  readonly cert: Buffer
}

export interface Authority {
  /** PEM, for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string
  /** `names` as OpenSSL has them: `IP:127.0.0.1`, `DNS:example.test`. */
  issue(names: string, when?: 'now' | 'long ago'): Certificate
  /** An authority whose certificate is from this one. What it issues goes out without that certificate. */
  makeBelow(): Authority
}

export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** `certify` makes ca.pem out of ca.csr in `folder`; without it, the authority vouches for itself. */
export function makeAuthority(certify?: (folder: string) => void): Authority {
  const folder = tempDir('ca')
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  // For openssl-ca(1): with every OpenSSL, it alone lets the caller choose a certificate's dates.
  writeFileSync(
    join(folder, 'ca.conf'),
    `[ca]
default_ca = here
[here]
dir = .
database = index.txt
serial = serial
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
`,
  )
  writeFileSync(join(folder, 'index.txt'), '')
  writeFileSync(join(folder, 'serial'), '1000\n')
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const isAuthority = ['-addext', 'basicConstraints=critical,CA:TRUE', '-subj', '/CN=test authority']
  const request = ['req', '-new', ...newKey, '-keyout', 'ca.key', '-out', 'ca.csr']
  if (certify === undefined) openssl(...request, '-x509', '-out', 'ca.pem', '-days', '2', ...isAuthority)
  else {
    openssl(...request, ...isAuthority.with(-1, '/CN=authority below'))
    certify(folder)
  }

  let count = 0
  return {
    caFile: join(folder, 'ca.pem'),
    issue(names, when = 'now') {
      count += 1
      const name = `server${count}`
      const [key, request, cert] = ['key', 'csr', 'pem'].map(ending => `${name}.${ending}`) as [
        string,
        string,
        string,
      ]
      openssl(
        'req',
        '-new',
        ...newKey,
        '-keyout',
        key,
        '-out',
        request,
        '-subj',
        '/CN=test',
        '-addext',
        `subjectAltName=${names}`,
      )
      const dates =
        when === 'now' ? ['-days', '1'] : ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z']
      openssl('ca', '-batch', '-config', 'ca.conf', '-in', request, '-out', cert, '-notext', ...dates)
      return { key: readFileSync(join(folder, key)), cert: readFileSync(join(folder, cert)) }
    },
    makeBelow: () =>
      makeAuthority(below => {
        const [request, cert] = [join(below, 'ca.csr'), join(below, 'ca.pem')]
        openssl('ca', '-batch', '-config', 'ca.conf', '-in', request, '-out', cert, '-notext', '-days', '1')
      }),
  }
}

/** Takes TLS off and passes the rest on to a port of 127.0.0.1; ends with the test. Its port, and who was asked for. */
export async function tlsFront(
  certificate: Certificate,
  toPort: number,
): Promise<{
  readonly port: number
  readonly handshakes: () => number
  /** Also counts those that the client left, for example because it does not trust the certificate. */
  readonly connections: () => number
}> {
  let count = 0
  let connections = 0
  const sockets = new Set<Socket>()
  const server = createServer({ ...certificate }, socket => {
    count += 1
    const onward = connect(toPort, '127.0.0.1')
    for (const end of [socket, onward]) {
      sockets.add(end)
      end.on('error', () => {}).on('close', () => sockets.delete(end))
    }
    socket.pipe(onward).pipe(socket)
  })
  server.on('connection', () => {
    connections += 1
  })
  // A client that does not trust us says so and leaves.
  server.on('tlsClientError', () => {})
  const url = await listening(server)
  onTestFinished(
    () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  )
  return { port: Number(new URL(url).port), handshakes: () => count, connections: () => connections }
}
