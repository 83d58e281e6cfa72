/** The executable on minimal Debian systems without Node.js, which debootstrap makes in a folder. */

import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  DEBOOTSTRAP_MS,
  debianRoot,
  insideRoot,
  SUITES,
  type Suite,
  whyNoDebian,
} from '../../support/debian-root.ts'
import { CLOSED_PORT } from '../../support/own-port.ts'
import { isExecutable, paths, type RunOptions, run, start } from '../../support/run.ts'
import { until } from '../../support/until.ts'
import { apiForTest, reportingTo, statesOf } from '../../support/wrapper.ts'

function whyNot(): string | undefined {
  return isExecutable ? whyNoDebian() : 'the npm package needs Node.js'
}

const why = whyNot()

const NOBODY = 65_534
const HOME = '/home/job'

/** Inside the system, as a user who is not root. */
const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--']

const roots = { bookworm: '', trixie: '' }

async function makeSystem(suite: Suite): Promise<void> {
  const root = await debianRoot(suite)
  execFileSync('cp', ['-P', paths.bin.cronitor, paths.bin.exec, join(root, 'usr/local/bin')])
  mkdirSync(join(root, HOME))
  chownSync(join(root, HOME), NOBODY, NOBODY)
  chmodSync(dirname(root), 0o755)
  roots[suite] = root
}

beforeAll(async () => {
  if (why === undefined) await Promise.all(SUITES.map(makeSystem))
}, DEBOOTSTRAP_MS)

describe.skipIf(why !== undefined).each(SUITES)(
  `the executable on Debian %s without Node.js${why ? ` (skipped: ${why})` : ''}`,
  suite => {
    const inside = (argv: readonly string[]) => [...insideRoot(roots[suite]), ...AS_NOBODY, ...argv]
    const options = (env: RunOptions['env']): RunOptions => ({
      env: {
        ...env,
        HOME,
        CRONITOR_NODE: undefined,
        CRONITOR_SPOOL_DIR: undefined,
        CRONITOR_DATA_DIR: undefined,
      },
    })

    test('there is no Node.js', async () => {
      const { status } = await run(inside(['/bin/sh', '-c', 'command -v node']), options({}))
      expect(status).toBe(127)
    })

    test.each(['-c unlimited', '-v 4000000', '-n 24'])(
      'a job is run and reported with ulimit %s',
      async limit => {
        const api = await apiForTest()
        const script = `ulimit ${limit} && exec cronitor-exec a-job -- /bin/sh -c 'echo ran; exit 3'`
        const { status, stdout, stderr } = await run(
          inside(['/bin/sh', '-c', script]),
          options(reportingTo(api)),
        )
        expect([status, String(stdout), String(stderr)]).toEqual([3, 'ran\n', ''])
        expect(statesOf(api.events())).toEqual(['run', 'fail'])
      },
    )

    test('without /proc the job is run unmonitored, after one line', async () => {
      const argv = [
        '/usr/sbin/chroot',
        roots[suite],
        'cronitor-exec',
        'a-job',
        '--',
        '/bin/sh',
        '-c',
        'echo ran; exit 3',
      ]
      const { status, stdout, stderr } = await run(argv, options({}))
      expect([status, String(stdout)]).toEqual([3, 'ran\n'])
      expect(String(stderr)).toMatch(/^cronitor-exec: .*no \/proc.* runs unmonitored.*\n$/)
    })

    test('what cannot be delivered is kept, and is sent by a flush', async () => {
      const down = { url: `http://127.0.0.1:${CLOSED_PORT}` }
      const flags = ['--no-courier', '--deliver-within', '500ms']
      const kept = await run(inside(['cronitor-exec', ...flags, 'a-job', 'true']), options(reportingTo(down)))
      expect([kept.status, String(kept.stderr)]).toEqual([
        0,
        expect.stringContaining('are kept in the spool'),
      ])
      const api = await apiForTest()
      const flushed = await run(inside(['cronitor', 'spool', 'flush']), options(reportingTo(api)))
      expect([flushed.status, String(flushed.stdout)]).toEqual([0, '2 delivered, 0 left\n'])
      expect(statesOf(api.events())).toEqual(['run', 'complete'])
    })

    test('a server records events and shows the runs', async () => {
      const server = start(inside(['cronitor', 'serve', '--port', '0']), options({}))
      onTestFinished(async () => {
        server.signalGroup('SIGKILL')
        await server.done.catch(() => {})
      })
      await until('the address is printed', () => String(server.output().stdout).includes('\n'))
      const url = /http:\S+/.exec(String(server.output().stdout))?.[0] ?? ''
      const job = await run(inside(['cronitor-exec', 'a-job', 'true']), options(reportingTo({ url })))
      expect([job.status, String(job.stderr)]).toEqual([0, ''])
      const shown = await run(inside(['cronitor', 'runs', '--url', url]), options({}))
      expect(String(shown.stdout)).toContain('a-job')
      server.signalGroup('SIGTERM')
      expect((await server.exited).status).toBe(0)
    })
  },
)
