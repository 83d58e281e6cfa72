/** Networks and name tables of a test's own, in Linux namespaces: what fails there fails for nobody else. */

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { tempDir } from './temp.ts'

/** Why there are none; undefined if there are. */
export const noNamespaces: string | undefined = whyNot()

function whyNot(): string | undefined {
  const works = (...argv: [string, ...string[]]) =>
    spawnSync(argv[0], argv.slice(1), { stdio: 'ignore' }).status === 0
  if (!existsSync('/etc/nsswitch.conf')) return 'no /etc/nsswitch.conf'
  if (!works('python3', '-c', 'import asyncio, fcntl')) return 'no python3'
  if (!works('unshare', '--net', '--mount', '--propagation', 'private', 'nsenter', '--version'))
    return 'no right to a network and a mount namespace of its own (unshare)'
  return undefined
}

export interface OwnNetwork {
  /** Where the API is, for those in the network. */
  readonly url: string
  /** What a command line begins with so that it runs there. */
  readonly inside: readonly string[]
  /** Refuses new connections; open ones stay. */
  shut(): Promise<void>
  /** There is no route to anywhere, 127.0.0.1 included. */
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}

const PROGRAM = fileURLToPath(new URL('network-namespace.py', import.meta.url))

/** Any port will do, since nobody else is there. */
const PORT = 8080

/** Leads to a port of 127.0.0.1 outside, and to nothing else. */
export async function makeOwnNetwork(toPort: number): Promise<OwnNetwork> {
  const path = join(tempDir('network'), 'way-out')
  const wayOut = createServer(socket => {
    const onward = connect(toPort, '127.0.0.1')
    for (const end of [socket, onward]) end.on('error', () => {})
    socket.pipe(onward).on('close', () => socket.destroy())
    onward.pipe(socket).on('close', () => onward.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    wayOut.once('error', reject)
    wayOut.listen(path, resolve)
  })
  const holder = spawn('unshare', ['--net', 'python3', PROGRAM, path, String(PORT)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(holder, 'exit')
  const lines = createInterface({ input: holder.stdout })[Symbol.asyncIterator]()
  const said = async (line: string) => {
    const { value } = await lines.next()
    if (value !== line) throw new Error(`the network said ${value} instead of ${line}`)
  }
  const tell = async (line: string) => {
    holder.stdin.write(`${line}\n`)
    await said(line)
  }
  await said('up')
  return {
    url: `http://127.0.0.1:${PORT}`,
    inside: ['nsenter', `--net=/proc/${holder.pid}/ns/net`, '--'],
    shut: () => tell('shut'),
    down: () => tell('down'),
    up: () => tell('up'),
    async close() {
      holder.kill('SIGKILL')
      await exited
      wayOut.close()
    },
  }
}

export interface OwnNames {
  /** What a command line begins with so that it sees this table of names and asks no name server. */
  readonly inside: readonly string[]
  /** Is the name 127.0.0.1, or unknown? It is from the start. */
  know(isKnown: boolean): void
}

/** `name` may be one that nobody else knows. */
export function makeOwnNames(name: string): OwnNames {
  const folder = tempDir('names')
  const hosts = join(folder, 'hosts')
  const nsswitch = join(folder, 'nsswitch.conf')
  const know = (isKnown: boolean) => writeFileSync(hosts, isKnown ? `127.0.0.1 ${name}\n` : '')
  know(true)
  writeFileSync(nsswitch, 'hosts: files\n')
  const mount = 'mount --bind "$0" /etc/hosts && mount --bind "$1" /etc/nsswitch.conf && shift && exec "$@"'
  return {
    inside: ['unshare', '--mount', '--propagation', 'private', '/bin/sh', '-c', mount, hosts, nsswitch],
    know,
  }
}
