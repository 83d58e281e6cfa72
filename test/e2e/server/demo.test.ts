import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { paths, run, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { startValidatingProxy } from '../../support/validating-proxy.ts'

const DEMO = [paths.node, join(paths.project, 'scripts/demo.mjs')]

/** Processes of the session that `start` gave the program, by the programs' command lines (proc_pid_stat(5)). */
function processesOfSession(session: number): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
        const [state, , , ofSession] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        if (Number(ofSession) !== session || state === 'Z') return []
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')
        // It is empty once a process that ends has given up its memory, shortly before it is a zombie.
        return commandLine === '' ? [] : [commandLine]
      } catch {
        return [] // It has ended meanwhile.
      }
    })
}

const hasProc = process.platform === 'linux'

test('the demo runs three jobs, shows six events in their order, and leaves nothing behind', async () => {
  const demo = start(DEMO)
  const { status, stdout, stderr } = await demo.done
  expect(status).toBe(0)
  expect(String(stderr)).toBe('line 7: no such column\n')
  const text = String(stdout)
  expect(text).not.toContain('\u001b')
  const events = [...text.matchAll(/^ +\d+\.\d\d {2}(\S+) +(run|complete|fail)( +status \d+)?/gm)]
  expect(
    events.map(([, monitor, state, exit = '']) => `${monitor} ${state}${exit.replace(/ +/g, ' ')}`),
  ).toEqual([
    'nightly-backup run',
    'nightly-backup complete status 0',
    'import run',
    'import fail status 3',
    'report run',
    'report fail status 137',
  ])
  expect(text).toContain('killed by SIGKILL')
  expect(text).toContain('All 6 events arrived')
  if (hasProc) expect(processesOfSession(demo.pid)).toEqual([])
})

test('the demo ends in order if nobody reads its output to the end', async () => {
  const { stdout, stderr } = await run(['/bin/sh', '-c', '"$@" | head -n 1', 'sh', ...DEMO])
  expect(String(stdout)).toMatch(/^.+\n$/)
  // The jobs write to that pipe too, and may say that they cannot.
  expect(String(stderr)).not.toMatch(/EPIPE|^ +at /m)
})

test('the demo’s requests and answers are as the API declares', async () => {
  const proxy = await startValidatingProxy()
  onTestFinished(() => proxy.close())
  const detour = join(tempDir('detour'), 'detour.mjs')
  writeFileSync(
    detour,
    `const { env } = process
     if (process.argv[1]?.endsWith('cronitor-exec.js') && env.CRONITOR_TELEMETRY_URL?.startsWith('http://127.0.0.1:'))
       env.CRONITOR_TELEMETRY_URL = '${proxy.url}/to-' + new URL(env.CRONITOR_TELEMETRY_URL).port`,
  )
  const { status } = await run(DEMO, { env: { NODE_OPTIONS: `--import=${pathToFileURL(detour)}` } })
  expect(status).toBe(0)
  expect(proxy.problems).toEqual([])
  expect([proxy.requests(), proxy.responses()]).toEqual([6, 6])
})

test('settings of the machine for real jobs do not reach the demo', async () => {
  const { status, stdout } = await run(DEMO, {
    env: {
      CRONITOR_TELEMETRY_URL: 'http://127.0.0.1:1',
      CRONITOR_PING_API_KEY: 'a key of the machine',
      CRONITOR_ANONYMOUS: '1',
      HTTP_PROXY: 'http://127.0.0.1:1',
      http_proxy: 'http://127.0.0.1:1',
      SHELL: '/bin/false',
    },
  })
  expect(status).toBe(0)
  expect(String(stdout)).toContain('All 6 events arrived')
})

test('a demo that is interrupted ends its server', async () => {
  const demo = start(DEMO)
  while (!String(demo.output().stdout).includes('$ cronitor-exec')) {
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  demo.signal('SIGTERM')
  expect(await demo.exited).toMatchObject({ signal: 'SIGTERM' })
  await demo.done
  if (hasProc) expect(processesOfSession(demo.pid)).toEqual([])
})

test('if events are missing, the demo says which and ends with status 1', {
  timeout: 180_000,
}, async () => {
  const copy = tempDir('demo')
  for (const name of ['bin', 'dist', 'scripts', 'package.json']) {
    cpSync(join(paths.project, name), join(copy, name), { recursive: true })
  }
  symlinkSync(join(paths.project, 'node_modules'), join(copy, 'node_modules'))
  const wrapper = join(copy, 'bin/cronitor-exec.js')
  // The wrapper does nothing for one of the jobs.
  const [shebang, ...rest] = readFileSync(wrapper, 'utf8').split('\n')
  writeFileSync(wrapper, [shebang, "if (process.argv[2] === 'import') process.exit(3)", ...rest].join('\n'))
  const { status, stdout } = await run([paths.node, join(copy, 'scripts/demo.mjs')], { timeoutMs: 170_000 })
  expect(String(stdout)).toContain('4 of 6 events arrived; missing: import run, import fail.')
  expect(status).toBe(1)
})

const hasScript =
  ['/usr/bin/script', '/bin/script'].some(path => readdirSync(dirname(path)).includes('script')) && hasProc

test.skipIf(!hasScript)(
  `colours are shown on a terminal, unless NO_COLOR is set${hasScript ? '' : ' (skipped: there is no script(1))'}`,
  async () => {
    const inTerminal = (env: Record<string, string>) =>
      run(['script', '-qec', DEMO.map(word => `'${word}'`).join(' '), '/dev/null'], {
        env: { TERM: 'xterm', ...env },
      })
    expect(String((await inTerminal({})).stdout)).toContain('\u001b[32mcomplete')
    const plain = await inTerminal({ NO_COLOR: '1' })
    expect(String(plain.stdout)).toContain('All 6 events arrived')
    expect(String(plain.stdout)).not.toContain('\u001b')
  },
)
