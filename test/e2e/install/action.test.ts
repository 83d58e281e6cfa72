/** The GitHub Action: its steps are run as a runner would, against a Telemetry API of the test's own. */

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { addAction, readAction, type UseAction, useAction } from '../../support/actions/action-runner.ts'
import { installationInto } from '../../support/installation.ts'
import { PRINTED_KEY } from '../../support/key.ts'
import { isExecutable, paths } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { apiForTest } from '../../support/wrapper.ts'

/** As a tag for the action has it: with dist/, or with the executable. */
function checkoutWithProgram(): string {
  const checkout = join(tempDir('checkout'), 'cronitor-exec')
  if (isExecutable) {
    mkdirSync(join(checkout, 'build'), { recursive: true })
    symlinkSync(dirname(paths.bin.exec), join(checkout, 'build/linux-x64'))
  } else {
    installationInto(checkout)
  }
  return addAction(checkout)
}

const checkout = checkoutWithProgram()

/** A folder with a link to the Node.js under test, which a runner has on PATH. */
const nodeFolder = tempDir('node')
symlinkSync(paths.node, join(nodeFolder, 'node'))
const PATH = `${nodeFolder}:/usr/local/bin:/usr/bin:/bin`

const NOTE = 'main@1a2b3c4d5e6f https://github.example/octo/shop/actions/runs/4711/attempts/2'

async function prepare(script: string, use: Partial<UseAction> = {}) {
  const api = await apiForTest()
  const inputs = {
    monitor: 'deploy',
    run: script,
    'api-key': PRINTED_KEY,
    url: api.url,
    // A busy machine may need more than the default of 5 seconds.
    'deliver-within': '60s',
    ...use.inputs,
  }
  const action = useAction({ checkout, ...use, inputs, env: { PATH, ...use.env } })
  const end = () => api.events('deploy').find(({ state }) => state !== 'run')
  return { api, action, end }
}

async function useWith(script: string, use: Partial<UseAction> = {}) {
  const { api, action, end } = await prepare(script, use)
  const result = await action.done
  return { api, end, action, ...result, message: end()?.params.get('message') }
}

const states = (api: { events: () => { state: string | null }[] }) => api.events().map(({ state }) => state)

test('a script that succeeds: both events, with environment, commit and run', async () => {
  const { api, end, steps, outputs, lines, annotations, message } = await useWith('echo one\necho two', {
    inputs: { env: 'production' },
  })
  expect({ steps, lines, annotations }).toEqual({
    steps: { install: 0, job: 0, finish: 0 },
    lines: ['one', 'two'],
    annotations: [],
  })
  expect(states(api)).toEqual(['run', 'complete'])
  expect(message).toBe(`one\ntwo\n${NOTE}`)
  expect(end()?.params.get('env')).toBe('production')
  expect(outputs['exit-status']).toBe('0')
  expect(outputs.series).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(api.events().map(({ params }) => params.get('series')))).toEqual(new Set([outputs.series]))
})

test('a script fails as in a step of a workflow: at the first command, and inside of a pipeline', async () => {
  const { api, steps, outputs, lines, message } = await useWith('echo before\n(exit 3) | cat\necho after')
  expect(steps).toEqual({ install: 0, job: 3, finish: 0 })
  expect(outputs['exit-status']).toBe('3')
  expect(lines).toEqual(['before'])
  expect(states(api)).toEqual(['run', 'fail'])
  expect(message).toBe(`before\nexit status 3, ${NOTE}`)
})

test('the other inputs: shell, working-directory, timeout, note, args', async () => {
  const script = 'import os, sys\nprint(os.getcwd()[-4:], flush=True)\nsys.exit(int(os.environ["STATUS"]))'
  const { steps, message, end } = await useWith(script, {
    inputs: {
      shell: 'python3 -u {0}',
      'working-directory': '../_temp',
      timeout: '1m',
      note: 'v1.2',
      args: '--success-status 0,7\n  --hostname=build-1  \n\n--fail-if no such  line\r\n',
    },
    env: { STATUS: '7' },
  })
  expect(steps.job).toBe(7)
  expect(message).toBe('temp\nexit status 7, v1.2')
  expect([end()?.state, end()?.params.get('host')]).toEqual(['complete', 'build-1'])
})

test('a time-out and a folder that is not there are reported', async () => {
  const [late, elsewhere] = await Promise.all([
    useWith('sleep 60 & sleep 60', { inputs: { timeout: '500ms' } }),
    useWith('echo never', { inputs: { 'working-directory': 'not-there' } }),
  ])
  expect([late.steps.job, late.outputs['exit-status']]).toEqual([124, '124'])
  expect(late.message).toBe(`timed out after 500ms, ${NOTE}`)
  expect(elsewhere.steps.job).not.toBe(0)
  expect(elsewhere.message).toMatch(/cd: .*not-there/)
})

test('the key is hidden in the log, is not in the message, and does not reach the script', async () => {
  const script =
    'echo "[$CRONITOR_PING_API_KEY$CRONITOR_API_KEY]"; env | grep -c ^INPUT_ || echo "key $OTHER"'
  const { lines, message, api } = await useWith(script, { env: { OTHER: PRINTED_KEY } })
  expect(lines).toEqual(['[]', '0', 'key ***'])
  expect(message).toBe(`[]\n0\nkey [redacted]\n${NOTE}`)
  expect(api.events()[0]?.apiKey).toBe(PRINTED_KEY)
})

test('a key of the environment is hidden too; with it, the script can send events of its own', async () => {
  const { lines, api } = await useWith('echo "$CRONITOR_API_KEY"; cronitor ping --ok --metric count:3', {
    inputs: { 'api-key': '' },
    env: { CRONITOR_API_KEY: PRINTED_KEY },
  })
  expect(lines).toEqual(['***'])
  expect(states(api).sort()).toEqual(['complete', 'ok', 'run'])
})

test('without a key, as in a workflow of a fork, the script runs, with one warning', async () => {
  const { steps, lines, api } = await useWith('echo ran; exit 4', { inputs: { 'api-key': '' } })
  expect(steps).toEqual({ install: 0, job: 4, finish: 0 })
  expect(lines).toEqual([
    'ran',
    expect.stringMatching(/^cronitor-exec: no API key, so nothing is reported: /),
  ])
  expect(api.events()).toEqual([])
})

test('no input but run can run a command', async () => {
  const evil = '$(touch pwned)`touch pwned`"; touch pwned; "\'; touch pwned; \'\n::set-output name=x::y'
  const { steps, action, api } = await useWith('echo ran', {
    inputs: {
      env: evil,
      note: evil,
      'deliver-within': evil,
      args: `--redact ${evil.split('\n')[0]}`,
    },
    env: { GITHUB_REF_NAME: evil },
  })
  expect(steps.job).toBe(0)
  expect(api.events()[0]?.params.get('env')).toContain('$(touch pwned)')
  expect(readdirSync(action.workspace)).toEqual([])
  const refused = await Promise.all(
    [
      { monitor: '--shell=/bin/sh' },
      { monitor: '' },
      { shell: `sh -c ${evil}` },
      { args: 'other-monitor touch pwned' },
      { args: '--' },
    ].map(inputs => useWith('echo ran', { inputs })),
  )
  for (const each of refused) {
    expect(each.steps.job).toBe(125)
    expect(each.annotations.map(({ level }) => level)).toEqual(['error'])
    expect([each.lines, each.api.events(), readdirSync(each.action.workspace)]).toEqual([[], [], []])
  }
})

describe('a cancelled workflow', () => {
  /** What a script of CI is like: a shell that waits for something. */
  const WAITS = 'echo started\nsleep 61\necho never'
  const IGNORES = `trap '' INT TERM\n${WAITS}`

  test.each<[string, string, Partial<UseAction>, RegExp]>([
    ['INT ends the script', WAITS, {}, /^started\nkilled by SIGINT, main@/],
    ['INT and TERM are ignored', IGNORES, { patience: [200, 200] }, /^started\nkilled by SIGKILL, main@/],
    ['no signal reaches a container', WAITS, { inContainer: true }, /^started\nkilled by SIGINT, main@/],
  ])('%s: fail is reported before the runner ends', async (_, script, use, expected) => {
    const { api, action, end } = await prepare(script, use)
    await until(
      'the script has started',
      () => action.log.lines.includes('started') && states(api)[0] === 'run',
    )
    action.cancel()
    const { steps } = await action.done
    expect(steps).toEqual({ install: 0, job: 'cancelled', finish: 0 })
    expect(states(api)).toEqual(['run', 'fail'])
    expect(end()?.params.get('message')).toMatch(expected)
  })
})

/** The programs that the scripts of the action need, and no bash. */
const NEEDED = 'sh env mktemp mkdir od tr sed cat rm sleep find uname readlink'.split(' ')

test.each([
  ['the programs of this system', (name: string) => `/usr/bin/${name}`],
  ['busybox', () => '/usr/bin/busybox'],
])('without bash and HOME, as in a container of Alpine: %s', async (_, programOf) => {
  const folder = tempDir('no-bash')
  for (const name of NEEDED) symlinkSync(programOf(name), join(folder, name))
  if (!existsSync(join(folder, 'sh'))) return
  symlinkSync(paths.node, join(folder, 'node'))
  const { steps, outputs, message } = await useWith('command -v bash || echo "no bash"; exit 5', {
    env: { PATH: folder, HOME: undefined },
  })
  expect(steps).toEqual({ install: 0, job: 5, finish: 0 })
  expect(outputs['exit-status']).toBe('5')
  expect(message).toBe(`no bash\nexit status 5, ${NOTE}`)
})

test.skipIf(isExecutable)('uses the Node.js of the runner itself if PATH has none', async () => {
  const folder = tempDir('no-node')
  for (const name of [...NEEDED, 'bash']) symlinkSync(`/usr/bin/${name}`, join(folder, name))
  const { lines, api } = await useWith('echo "$CRONITOR_NODE"', {
    env: { PATH: folder },
    ownNode: paths.node,
  })
  expect(lines).toEqual([expect.stringMatching(/\/externals\/node20\/bin\/node$/)])
  expect(states(api)).toEqual(['run', 'complete'])
})

test('what the API did not take while the step ran is delivered after it', async () => {
  const { api, action } = await prepare('echo out', { inputs: { 'deliver-within': '200ms' } })
  api.respond = () => ({ status: 503 })
  await until('the wrapper gives up', () => action.log.lines.some(line => /not delivered|kept/.test(line)))
  api.respond = () => ({ status: 200 })
  await action.done
  expect(
    api
      .events()
      .filter(({ answered }) => answered === 200)
      .map(({ state }) => state),
  ).toEqual(['run', 'complete'])
})

const NOT_SOURCES = ['.git', 'node_modules', 'dist', 'build', 'test', 'coverage']

describe.skipIf(isExecutable)('a ref that has only the sources', () => {
  /** In place of npm: `npm ci` links what is installed already, or fails. */
  function sources(npm: string): { checkout: string; env: Record<string, string> } {
    const checkout = join(tempDir('sources'), 'cronitor-exec')
    // Whatever the build reads, but nothing that npm or an earlier build has made.
    for (const part of readdirSync(paths.project).filter(name => !NOT_SOURCES.includes(name)))
      cpSync(join(paths.project, part), join(checkout, part), { recursive: true })
    const folder = tempDir('npm')
    writeFileSync(join(folder, 'npm'), `#!/bin/sh\n${npm}\n`)
    chmodSync(join(folder, 'npm'), 0o755)
    return { checkout, env: { PATH: `${folder}:${PATH}` } }
  }

  test('is built by npm, once, and npm does not see the key', async () => {
    const log = join(tempDir('npm-log'), 'log')
    const use = sources(
      `echo "$* [$CRONITOR_API_KEY]" >> '${log}'; ln -s '${paths.project}/node_modules' node_modules`,
    )
    const env = { ...use.env, CRONITOR_API_KEY: PRINTED_KEY }
    const { api } = await useWith('echo ran', { ...use, env })
    expect(states(api)).toEqual(['run', 'complete'])
    expect(existsSync(join(use.checkout, 'dist/exec.cjs'))).toBe(true)
    const again = await useWith(`cat '${log}'`, { ...use, env })
    expect(again.lines).toEqual([
      'ci --include=dev --ignore-scripts --no-audit --no-fund --loglevel=error []',
    ])
  })

  test('runs the script unmonitored if it cannot be built, and has its status', async () => {
    const { steps, outputs, lines, annotations, api } = await useWith('echo ran; exit 6', sources('exit 1'))
    expect(steps).toEqual({ install: 0, job: 6, finish: 0 })
    expect(outputs['exit-status']).toBe('6')
    expect(lines.slice(1)).toEqual(['ran'])
    expect(annotations).toEqual([
      { level: 'warning', text: 'It could not be built. The script runs unmonitored.' },
    ])
    expect(api.events()).toEqual([])
  })
})

test('a release moves the tag for the action to a commit with built files', () => {
  const { jobs } = parse(readFileSync(join(paths.project, '.github/workflows/release.yml'), 'utf8'))
  const steps: readonly { name?: string; run?: string }[] = jobs.release.steps
  const script = steps.find(({ name }) => name === 'tag for the action')?.run ?? ''
  const folder = tempDir('release')
  const git = (line: string) =>
    execFileSync('bash', ['-e', '-o', 'pipefail', '-c', line], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH, HOME: folder, GITHUB_REF_NAME: 'v2.10.3' },
    })
  mkdirSync(join(folder, 'dist/code'), { recursive: true })
  writeFileSync(join(folder, '.gitignore'), 'dist/\norigin.git/\n')
  for (const name of ['exec.cjs', 'built-from.json', 'code/x'])
    writeFileSync(join(folder, 'dist', name), name)
  git('git init --quiet && git init --quiet --bare origin.git && git remote add origin "$PWD/origin.git"')
  git('git add .gitignore && git -c user.name=x -c user.email=x@localhost commit --quiet --message first')
  git(script)
  expect(git('git --git-dir=origin.git ls-tree -r --name-only v2')).toBe('.gitignore\ndist/exec.cjs\n')
})

test('no script of action.yml has an expression in it, and all inputs are described', () => {
  const { inputs, runs } = readAction(paths.project)
  expect(runs.using).toBe('composite')
  for (const { run } of runs.steps)
    expect(run).toMatch(/^exec sh "\$GITHUB_ACTION_PATH\/action\/[a-z]+\.sh"$/)
  const used = JSON.stringify(runs.steps)
  for (const [name, { description }] of Object.entries(inputs)) {
    expect(description).toMatch(/^[A-Z"b].{10,}/)
    expect(used).toContain(`\${{ inputs.${name} }}`)
  }
})
