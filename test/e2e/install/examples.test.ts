/** The files of examples/: each is read as its program reads it, and its command lines run against a server. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { addAction, readAction, useAction } from '../../support/actions/action-runner.ts'
import { parseTimer, parseUnit, unitFile } from '../../support/doc-examples.ts'
import { openStage, readExample } from '../../support/example-stage.ts'
import type { FakeApi } from '../../support/fake-api.ts'
import { installationInto } from '../../support/installation.ts'
import { KEY, PRINTED_KEY } from '../../support/key.ts'
import { paths, start } from '../../support/run.ts'
import { serve } from '../../support/serve.ts'
import { until } from '../../support/until.ts'
import { apiForTest } from '../../support/wrapper.ts'

/** The states and the end of a run, as the API has got them. */
function seen(api: FakeApi, monitor: string) {
  const events = api.events(monitor)
  const { params } = events.at(-1) ?? { params: new URLSearchParams() }
  return {
    states: events.map(({ state }) => state),
    message: params.get('message'),
    env: params.get('env'),
    series: params.get('series'),
    host: params.get('host'),
  }
}

test('github/deploy.yml uses the action, which runs the script', async () => {
  const api = await apiForTest()
  const { jobs } = parse(readExample('github/deploy.yml'))
  const step = jobs.deploy.steps.find(({ uses = '' }) => /^OWNER\/cronitor-exec@v\d+$/.test(uses))
  const { version } = JSON.parse(readFileSync(join(paths.project, 'package.json'), 'utf8'))
  expect(step.uses).toBe(`OWNER/cronitor-exec@v${version.split('.')[0]}`)
  expect(Object.keys(step.with).filter(name => !(name in readAction(paths.project).inputs))).toEqual([])
  const stage = openStage(['make'])
  const checkout = addAction(installationInto(join(stage.root, 'checkout')))
  const inputs = {
    ...step.with,
    'api-key': step.with['api-key'].replace(`\${{ secrets.CRONITOR_API_KEY }}`, PRINTED_KEY),
  }
  const { done } = useAction({ checkout, inputs: { ...inputs, url: api.url }, env: { PATH: stage.path } })
  expect((await done).lines).toEqual(['make build', 'make deploy'])
  expect(seen(api, 'deploy')).toMatchObject({ states: ['run', 'complete'], env: 'production' })
})

test('gitlab/.gitlab-ci.yml reports the job with its commit and address', async () => {
  const api = await apiForTest()
  const stage = openStage(['make'])
  const { deploy } = parse(readExample('gitlab/.gitlab-ci.yml'))
  const spool = join(stage.root, 'spool')
  const env = {
    CI_COMMIT_REF_NAME: 'main',
    CI_COMMIT_SHORT_SHA: '1a2b3c4d',
    CI_JOB_URL: 'https://gitlab.example/shop/-/jobs/12',
    CRONITOR_API_KEY: KEY,
    CRONITOR_TELEMETRY_URL: api.url,
    ...deploy.variables,
    CRONITOR_SPOOL_DIR: spool,
  }
  const inShell = (lines: readonly string[]) =>
    stage.run(['bash', '-eo', 'pipefail', '-c', lines.join('\n')], env)
  const { status, stdout, stderr } = await inShell(deploy.script)
  expect([status, String(stdout), String(stderr)]).toEqual([0, 'make deploy\n', ''])
  expect(seen(api, 'deploy')).toMatchObject({
    states: ['run', 'complete'],
    env: 'production',
    message: 'make deploy\nmain@1a2b3c4d https://gitlab.example/shop/-/jobs/12',
  })
  // An event that was left is delivered at the end.
  api.respond = () => ({ status: 503 })
  await stage.run(['cronitor', 'ping', 'deploy', '--ok', '--deliver-within', '0s'], env)
  api.respond = () => ({ status: 200 })
  expect((await inShell(deploy.after_script)).status).toBe(0)
  expect(seen(api, 'deploy').states.at(-1)).toBe('ok')
})

test('jenkins/Jenkinsfile reports the stage with its commit and address', async () => {
  const api = await apiForTest()
  const stage = openStage(['make'])
  const text = readExample('jenkins/Jenkinsfile').replace(/^\s*\/\/.*\n/gm, '')
  // The blocks of a declarative pipeline, each closed once.
  const blocks = [...text.matchAll(/^ *(\w+)(?:\('[^']*'\))? \{/gm)].map(([, name]) => name)
  expect(blocks).toEqual([
    'pipeline',
    'agent',
    'triggers',
    'options',
    'environment',
    'stages',
    'stage',
    'steps',
  ])
  expect(text.split('{').length).toBe(text.split('}').length)
  const [, script = ''] = /sh '''\n([\s\S]*?)'''/.exec(text) ?? []
  const [, environment = ''] = /environment \{\n([\s\S]*?)\n {2}\}/.exec(text) ?? []
  const given = [...environment.matchAll(/^ *(\w+) = (?:credentials\()?'([^']*)'\)?$/gm)]
  expect(given.map(([, name]) => name)).toEqual(['CRONITOR_API_KEY', 'CRONITOR_ENV'])
  const { status, stdout } = await stage.run(['sh', '-e', '-c', script], {
    ...Object.fromEntries(given.map(([, name, value]) => [name, value])),
    CRONITOR_API_KEY: KEY,
    CRONITOR_TELEMETRY_URL: api.url,
    CRONITOR_SPOOL_DIR: join(stage.root, 'spool'),
    GIT_BRANCH: 'origin/main',
    GIT_COMMIT: '1a2b3c4d',
    BUILD_URL: 'https://ci.example/job/import/7/',
  })
  expect([status, String(stdout)]).toEqual([0, 'make import\n'])
  expect(seen(api, 'nightly-import')).toMatchObject({
    states: ['run', 'complete'],
    env: 'production',
    message: 'make import\norigin/main@1a2b3c4d https://ci.example/job/import/7/',
  })
})

test('kubernetes/cronjob.yaml: the series is the name of the pod, and TERM is reported in time', async () => {
  const api = await apiForTest()
  const stage = openStage(['import-orders'])
  const job = parse(readExample('kubernetes/cronjob.yaml'))
  expect([job.apiVersion, job.kind]).toEqual(['batch/v1', 'CronJob'])
  const pod = job.spec.jobTemplate.spec.template.spec
  const [container] = pod.containers
  const [init] = pod.initContainers
  // What the init container copies is what starts: the launcher finds the executable beside it.
  const [, ...copied] = init.command
  expect(copied.pop()).toBe(`${dirname(container.command[0])}/`)
  expect(copied.map((path: string) => path.split('/').at(-1))).toEqual(['cronitor', 'cronitor-exec'])
  const volumes = pod.volumes.map(({ name }: { name: string }) => name)
  for (const { name } of [...container.volumeMounts, ...init.volumeMounts]) expect(volumes).toContain(name)

  const fields: Record<string, string> = {
    'metadata.name': 'nightly-import-29041-x7k2p',
    'spec.nodeName': 'node-3',
  }
  type Variable = { name: string; value?: string; valueFrom?: { fieldRef?: { fieldPath: string } } }
  const env = Object.fromEntries(
    (container.env as Variable[]).map(({ name, value, valueFrom }) => [
      name,
      value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ''] ?? KEY,
    ]),
  )
  // Within the time that the pod has after TERM.
  expect(parseInt(env.CRONITOR_DELIVER_WITHIN ?? '', 10)).toBeLessThan(pod.terminationGracePeriodSeconds)
  // Kubernetes expands $(NAME) in the command.
  const words = container.command.map((word: string) =>
    word.replace(/\$\((\w+)\)/g, (_, name) => env[name] ?? ''),
  )
  const argv = [paths.bin.exec, ...words.slice(1)]
  const here = { ...env, CRONITOR_TELEMETRY_URL: api.url, CRONITOR_SPOOL_DIR: join(stage.root, 'spool') }
  expect((await stage.run(argv, here)).status).toBe(0)
  expect(seen(api, 'nightly-import')).toMatchObject({
    states: ['run', 'complete'],
    series: 'nightly-import-29041-x7k2p',
    host: 'node-3',
    env: 'production',
    message: 'import-orders --all',
  })

  writeFileSync(join(stage.root, 'bin/import-orders'), '#!/bin/sh\necho started; exec sleep 61\n', {
    mode: 0o755,
  })
  const running = start(argv, { env: { ...here, PATH: stage.path } })
  await until('the job has started', () => String(running.output().stdout).includes('started'))
  running.signal('SIGTERM')
  await running.done
  expect(seen(api, 'nightly-import').states).toEqual(['run', 'complete', 'run', 'fail'])
})

test('compose/compose.yaml: the job reports to the server', async () => {
  const stage = openStage(['import-orders'])
  const { services, secrets, volumes } = parse(readExample('compose/compose.yaml'))
  const key = join(stage.root, 'key')
  writeFileSync(key, `${KEY}\n`, { mode: 0o600 })
  expect(secrets.key).toEqual({ environment: 'CRONITOR_API_KEY' })
  for (const service of Object.values<{ volumes: string[] }>(services))
    for (const volume of service.volumes) expect(Object.keys(volumes)).toContain(volume.split(':')[0])

  const [program, command, ...flags] = services.monitor.entrypoint as string[]
  expect([program, command, flags.shift()]).toEqual(['cronitor', 'serve', '--listen=0.0.0.0'])
  const server = await serve(flags.map(flag => flag.replace('/run/secrets/key', key)))
  const { environment, entrypoint } = services.import
  expect(environment.CRONITOR_TELEMETRY_URL).toBe('http://monitor:8427')
  const { status, stdout, stderr } = await stage.run(entrypoint, {
    ...environment,
    CRONITOR_TELEMETRY_URL: server.url,
    CRONITOR_API_KEY_FILE: key,
    CRONITOR_SPOOL_DIR: join(stage.root, 'spool'),
  })
  expect([status, String(stdout), String(stderr)]).toEqual([0, 'import-orders --all\n', ''])
  const { stdout: runs } = await stage.run(['cronitor', 'runs', '--json', '--url', server.url], {
    CRONITOR_API_KEY: KEY,
  })
  expect(String(runs)).toMatch(/"nightly-import"[^\n]*"complete"/)
})

const UNITS = ['nightly-import.service', 'nightly-import.timer', 'report-failure@.service']

test('systemd/: each unit names its file, and systemd accepts all (needs systemd-analyze)', () => {
  const stage = openStage(['import-orders'])
  for (const name of UNITS) {
    const text = readExample(`systemd/${name}`)
    expect(text.split('\n')[0]).toBe(`# /etc/systemd/system/${name}`)
    writeFileSync(join(stage.root, name), text.replaceAll('/usr/bin/cronitor', `${stage.root}/bin/cronitor`))
  }
  expect(parseTimer(readExample('systemd/nightly-import.timer'))?.name).toBe('nightly-import')
  expect(unitFile(readExample('systemd/nightly-import.service'))).toBe('nightly-import.service')
  const units = UNITS.map(name => join(stage.root, name.replace('@', '@nightly-import')))
  writeFileSync(units[2] ?? '', readFileSync(join(stage.root, 'report-failure@.service')))
  const { error, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...units], {
    encoding: 'utf8',
  })
  if (error === undefined) expect(stderr).toBe('')
})

test('systemd/: the service reports its job, and report-failure@ what the wrapper could not', async () => {
  const api = await apiForTest()
  const stage = openStage(['import-orders'])
  const env = {
    CRONITOR_API_KEY: KEY,
    CRONITOR_TELEMETRY_URL: api.url,
    CRONITOR_SPOOL_DIR: join(stage.root, 'spool'),
  }
  const service = parseUnit(readExample('systemd/nightly-import.service'))
  const argv = service.execStart.map(word => word.replace(/^\/usr\/(local\/)?bin/, join(stage.root, 'bin')))
  expect((await stage.run(argv, { ...env, ...service.environment })).status).toBe(0)
  expect(seen(api, 'nightly-import')).toMatchObject({
    states: ['run', 'complete'],
    message: 'import-orders --all',
  })

  const lines = [...readExample('systemd/report-failure@.service').matchAll(/^ExecStart=-?(.*)$/gm)]
  const fails = async (status: string) => {
    for (const [, line = ''] of lines) {
      // systemd quotes as a shell does here, and replaces `$$` and `%i`.
      const here = line.replaceAll('/usr/bin/', '').replaceAll('$$', '$').replaceAll('%i', 'nightly-import')
      const ended = await stage.run(['sh', '-c', here], {
        ...env,
        MONITOR_EXIT_STATUS: status,
        MONITOR_UNIT: 'nightly-import.service',
      })
      expect([ended.status, String(ended.stderr)]).toEqual([0, ''])
    }
  }
  await fails('1')
  expect(seen(api, 'nightly-import').states).toEqual(['run', 'complete'])
  await fails('203')
  expect(seen(api, 'nightly-import')).toMatchObject({
    states: ['run', 'complete', 'fail'],
    message: 'nightly-import.service could not be started: 203',
  })
})

const hasAnsible = spawnSync('ansible-playbook', ['--version']).error === undefined

test.skipIf(!hasAnsible)(
  'ansible/cronitor.yml wraps the jobs, once, and does not print the key (needs ansible)',
  // Of two plays.
  { timeout: 400_000 },
  async () => {
    const stage = openStage(['backup'])
    const folder = join(stage.root, 'home/.config/cronitor')
    const crontab = join(stage.root, 'crontab')
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 })
    writeFileSync(
      crontab,
      `PATH=${stage.path}\nCRONITOR_CONFIG=${folder}/cronitor.json\n0 2 * * * backup --full\n`,
    )
    const variables = {
      cronitor_become: false,
      cronitor_folder: folder,
      cronitor_crontabs: [crontab],
      cronitor_wrap_options: ['--wrapper', paths.bin.exec],
      cronitor_api_key: PRINTED_KEY,
      ansible_python_interpreter: '/usr/bin/python3',
    }
    const file = join(paths.project, 'examples/ansible/cronitor.yml')
    const play = () =>
      stage.run(
        [
          'ansible-playbook',
          '-i',
          'localhost,',
          '-c',
          'local',
          '--skip-tags',
          'package',
          '-v',
          file,
          '-e',
          JSON.stringify(variables),
        ],
        { LC_ALL: 'C.UTF-8', ANSIBLE_LOCALHOST_WARNING: 'false' },
        { timeoutMs: 170_000 },
      )
    const first = await play()
    expect({ status: first.status, stderr: String(first.stderr), recap: recapOf(first.stdout) }).toEqual({
      status: 0,
      stderr: '',
      recap: 'ok=4 changed=3 failed=0',
    })
    expect(String(first.stdout)).not.toContain(PRINTED_KEY)
    expect(readFileSync(crontab, 'utf8')).toMatch(
      /^0 2 \* \* \* exec \S*cronitor-exec backup-full 'backup --full'$/m,
    )
    expect(JSON.parse(readFileSync(join(folder, 'cronitor.json'), 'utf8'))).toEqual({
      CRONITOR_API_KEY: PRINTED_KEY,
      CRONITOR_ENV: 'production',
    })
    expect(recapOf((await play()).stdout)).toBe('ok=4 changed=0 failed=0')
  },
)

function recapOf(output: Buffer): string {
  return (
    /^localhost .*$/m.exec(String(output))?.[0].match(/\b(ok|changed|failed)=\d+/g) ?? [String(output)]
  ).join(' ')
}

test('examples/README.md names each file, or its folder', () => {
  const links = [...readExample('README.md').matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path)
  const folder = join(paths.project, 'examples')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    path => path !== 'README.md' && statSync(join(folder, path)).isFile(),
  )
  expect(
    files.filter(path => !links.some(link => path === link || (link.endsWith('/') && path.startsWith(link)))),
  ).toEqual([])
})
