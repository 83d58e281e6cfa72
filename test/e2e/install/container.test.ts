/**
 * The image of packaging/Containerfile. With TEST_IMAGE=1 it is built and run by buildah, on a base that debootstrap makes, so that
 * no registry is asked: that takes one to two minutes, and is not part of CI.
 */

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { SERVE_OPTIONS } from '../../../src/commands/serve/serve-options.ts'
import { DEFAULT_PORT } from '../../../src/settings/defaults.ts'
import { debianRoot, whyNoDebian } from '../../support/debian-root.ts'
import { makeOwnNetwork, noNamespaces } from '../../support/network-namespace.ts'
import { CLOSED_PORT } from '../../support/own-port.ts'
import { isExecutable, paths, run, start } from '../../support/run.ts'
import { serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'

const reason = whyNot()

function whyNot(): string | undefined {
  if (!process.env.TEST_IMAGE || !isExecutable) return 'only with TEST_IMAGE and TEST_EXECUTABLE'
  if (spawnSync('buildah', ['--version']).error !== undefined) return 'there is no buildah'
  return noNamespaces ?? whyNoDebian()
}

const containerfile = readFileSync(join(paths.project, 'packaging/Containerfile'), 'utf8')

/** The vfs driver and chroot need neither mounts nor namespaces, which a container that runs the tests may not give. */
function buildahIn(folder: string) {
  const global = [
    '--root',
    join(folder, 'images'),
    '--runroot',
    join(folder, 'run'),
    '--storage-driver',
    'vfs',
  ]
  const argv = (command: string, ...args: readonly string[]) => ['buildah', ...global, command, ...args]
  return {
    argv,
    async call(command: string, ...args: readonly string[]): Promise<string> {
      const { status, stdout, stderr } = await run(argv(command, ...args), {
        timeoutMs: 170_000,
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder },
      })
      if (status !== 0) throw new Error(`buildah ${command}: ${stderr}`)
      return String(stdout).trim()
    },
  }
}

interface Config {
  readonly User: string
  readonly Cmd: readonly string[]
  readonly Healthcheck: { readonly Test: readonly [string, ...string[]] }
  readonly Volumes: Readonly<Record<string, unknown>>
}

const folder = reason === undefined ? tempDir('images') : ''
const { argv, call } = buildahIn(folder)

afterAll(async () => {
  // The layers of the images are mounts or read-only folders otherwise.
  if (folder !== '') await call('rm', '--all')
})

/** @returns the name of the image */
async function build(text: string, context: string, name: string): Promise<string> {
  const file = join(folder, `${name}.containerfile`)
  writeFileSync(file, text.replace(/^FROM .*$/m, 'FROM localhost/base'))
  // Docker's format, because that of OCI has no health check.
  await call(
    'bud',
    '--isolation',
    'chroot',
    '--format',
    'docker',
    '--pull-never',
    '--tag',
    `localhost/${name}`,
    '--file',
    file,
    context,
  )
  return `localhost/${name}`
}

/** The words of an instruction, which is a JSON array. */
function instruction(name: string): readonly string[] {
  const [, json = '[]'] = new RegExp(`^ +${name} (\\[.*\\])$`, 'm').exec(containerfile) ?? []
  return JSON.parse(json) as string[]
}

/** On another port, because the tests choose free ones. */
async function healthStatus(port: number): Promise<number | null> {
  const [command = '', ...args] = instruction('CMD').map(word => word.replace('8427', String(port)))
  const { status } = await run([command, ...args])
  return status
}

test('the health check asks a server whether it can store events', async () => {
  expect(instruction('CMD').join(' ')).toContain(`/dev/tcp/127.0.0.1/${DEFAULT_PORT} `)
  const server = await serve()
  expect(await healthStatus(server.port)).toBe(0)
  expect(await healthStatus(CLOSED_PORT)).not.toBe(0)
  // As a server answers whose disk is full.
  const failing = createServer((_request, response) => response.writeHead(503).end('events cannot be stored'))
  await new Promise<void>(resolve => failing.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void failing.close())
  expect(await healthStatus((failing.address() as AddressInfo).port)).not.toBe(0)
})

test('the image holds the folder that a build of the executable writes, and starts a command that exists', () => {
  const [, copied = ''] = /^COPY (.*) \/usr\/lib\/cronitor-exec\/$/m.exec(containerfile) ?? []
  const script = readFileSync(join(paths.project, 'scripts/build-executable.mjs'), 'utf8')
  expect(copied.split(' ')).toContain('cronitor-exec')
  for (const name of copied.split(' ')) expect(script).toContain(`'${name}'`)
  const [program, command, ...args] = JSON.parse(/^CMD (\[.*\])$/m.exec(containerfile)?.[1] ?? '') as string[]
  expect([program, command]).toEqual(['cronitor', 'serve'])
  const options = SERVE_OPTIONS.map(({ flags }) => flags)
  for (const arg of args.filter(each => each.startsWith('--'))) {
    expect(
      options.some(flags => flags.startsWith(`${arg} <`)),
      arg,
    ).toBe(true)
  }
})

test.skipIf(reason !== undefined)(
  `the image serves without root, is healthy, runs jobs, and gives its program to other images${reason === undefined ? ' (needs root)' : ` (skipped: ${reason})`}`,
  { timeout: 400_000 },
  async () => {
    const base = await call('from', 'scratch')
    await call('copy', base, await debianRoot('bookworm'), '/')
    await call('commit', '--disable-compression', base, 'localhost/base')

    const image = await build(containerfile, dirname(paths.bin.cronitor), 'cronitor-exec')
    const { Docker } = JSON.parse(await call('inspect', '--type', 'image', image)) as {
      Docker: { config: Config }
    }
    const { User, Cmd, Healthcheck, Volumes } = Docker.config
    expect(User).toBe('842:842')
    expect(Object.keys(Volumes).toSorted()).toEqual(['/var/lib/cronitor', '/var/spool/cronitor'])

    const container = await call('from', '--pull-never', image)
    const keys = join(folder, 'keys')
    writeFileSync(keys, 'a-key-of-the-host\n', { mode: 0o644 })
    await call('copy', container, keys, '/etc/cronitor/keys')
    const network = await makeOwnNetwork(9)
    const inside = (...words: readonly string[]) => [
      ...network.inside,
      ...argv(
        'run',
        '--isolation',
        'chroot',
        '--env',
        'CRONITOR_API_KEY=a-key-of-the-host',
        container,
        '--',
        ...words,
      ),
    ]
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder }
    const said = async (...words: readonly string[]) => {
      const { status, stdout, stderr } = await run(inside(...words), { env })
      return { status, stdout: String(stdout), stderr: String(stderr) }
    }
    const health = () => said(...Healthcheck.Test.slice(1))
    expect((await health()).status).not.toBe(0)

    const server = start(inside(...Cmd), { env, timeoutMs: 200_000 })
    try {
      await until('the server listens', () => String(server.output().stdout).includes('8427'))
      expect(await health()).toMatchObject({ status: 0 })
      const job = ['cronitor-exec', '--url', 'http://127.0.0.1:8427', 'nightly', 'id', '-un']
      expect(await said(...job)).toEqual({ status: 0, stdout: 'cronitor\n', stderr: '' })
      expect((await said('cronitor', 'runs', '--json')).stdout).toContain('"state":"complete"')
      expect((await said('cronitor', 'spool', 'list')).stdout).toBe('Nothing waits.\n')
    } finally {
      server.signalGroup('SIGKILL')
      await network.close()
    }

    const [copyLine = ''] = /(?<=^# {3})COPY --from=.*$/m.exec(containerfile) ?? []
    const other = `FROM base\n${copyLine.replace('=cronitor-exec', `=${image}`)}\nRUN /usr/lib/cronitor-exec/cronitor-exec --version > /version\n`
    await call('from', '--pull-never', '--name', 'other', await build(other, folder, 'other'))
    expect(await call('run', '--isolation', 'chroot', 'other', '--', 'cat', '/version')).toMatch(
      /^cronitor-exec \d/,
    )
  },
)
