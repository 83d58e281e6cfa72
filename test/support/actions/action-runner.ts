/**
 * Runs the composite action of a checkout as GitHub's runner does: the files and variables of a step, its shell, conditions,
 * masks, and how a step is cancelled (ProcessInvoker.cs and CompositeActionHandler.cs of github.com/actions/runner).
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { environmentOf } from '../job-processes.ts'
import { processes } from '../process-state.ts'
import { paths } from '../run.ts'
import { tempDir } from '../temp.ts'
import { type Contexts, evaluate, mayRun } from './expressions.ts'
import { type Annotation, newLog, readOutputs, type StepLog, takeLine } from './workflow-commands.ts'

interface Step {
  readonly id: string
  readonly if?: string
  readonly shell: string
  readonly env?: Readonly<Record<string, string>>
  readonly run: string
}

export interface ActionFile {
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly required?: boolean; readonly default?: string }>
  >
  readonly outputs: Readonly<Record<string, { readonly value: string }>>
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}

export function readAction(checkout: string): ActionFile {
  return parse(readFileSync(join(checkout, 'action.yml'), 'utf8')) as ActionFile
}

/** Puts the action into a folder that has the program. */
export function addAction(checkout: string): string {
  for (const part of ['action.yml', 'action'])
    cpSync(join(paths.project, part), join(checkout, part), { recursive: true })
  return checkout
}

export interface UseAction {
  /** GITHUB_ACTION_PATH. */
  readonly checkout: string
  readonly inputs: Readonly<Record<string, string>>
  /** On top of what the runner sets; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The Node.js of the runner itself, which is not on PATH. */
  readonly ownNode?: string
  /** How long INT and then TERM have, in milliseconds. A real runner waits for 7.5 and 2.5 seconds. */
  readonly patience?: readonly [number, number]
  /** The steps run in a container: cancelling ends the waiting for a step, and no signal reaches its processes. */
  readonly inContainer?: boolean
}

export interface RunningAction {
  readonly workspace: string
  readonly log: StepLog
  readonly cancel: () => void
  readonly done: Promise<FinishedAction>
}

export interface FinishedAction {
  /** Of each step that ran: its exit status, or `cancelled`. */
  readonly steps: Readonly<Record<string, number | 'cancelled'>>
  readonly outputs: Readonly<Record<string, string>>
  readonly lines: readonly string[]
  readonly annotations: readonly Annotation[]
}

const SHELLS: Readonly<Record<string, readonly string[]>> = {
  sh: ['sh', '-e', '{0}'],
  bash: ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail', '{0}'],
}

export function useAction(use: UseAction): RunningAction {
  const root = tempDir('runner')
  const work = join(root, '_work')
  const workspace = join(work, 'shop')
  const temp = join(work, '_temp')
  for (const folder of [workspace, temp]) mkdirSync(folder, { recursive: true })
  if (use.ownNode !== undefined) {
    mkdirSync(join(root, 'externals/node20/bin'), { recursive: true })
    symlinkSync(use.ownNode, join(root, 'externals/node20/bin/node'))
  }
  const tracking = `test_${randomUUID()}`
  const environment = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: work,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION_PATH: use.checkout,
    GITHUB_WORKSPACE: workspace,
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_REPOSITORY: 'octo/shop',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REF_NAME: 'main',
    GITHUB_SHA: '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d',
    GITHUB_RUN_ID: '4711',
    GITHUB_RUN_ATTEMPT: '2',
    RUNNER_TEMP: temp,
    RUNNER_OS: 'Linux',
    RUNNER_TRACKING_ID: tracking,
    ...use.env,
  }
  // As a runner does at the end of a job, with what its steps have left.
  onTestFinished(() => {
    const left = processes((_, pid) => environmentOf(pid).includes(`RUNNER_TRACKING_ID=${tracking}`))
    for (const pid of left) kill(pid, 'SIGKILL')
  })
  const log = newLog()
  const cancelled = new AbortController()
  return {
    workspace,
    log,
    cancel: () => cancelled.abort(),
    done: runSteps(use, { environment, workspace, temp, log, cancelled: cancelled.signal }),
  }
}

interface Job {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly workspace: string
  readonly temp: string
  readonly log: StepLog
  readonly cancelled: AbortSignal
}

async function runSteps(use: UseAction, job: Job): Promise<FinishedAction> {
  const action = readAction(use.checkout)
  const defaults = Object.entries(action.inputs).map(([name, { default: text = '' }]) => [name, text])
  const steps: Record<string, { outputs: Record<string, string> }> = {}
  const contexts: Contexts = { inputs: { ...Object.fromEntries(defaults), ...use.inputs }, steps }
  const ends: Record<string, number | 'cancelled'> = {}
  for (const step of action.runs.steps) {
    const isAllWell = !job.cancelled.aborted && Object.values(ends).every(end => end === 0)
    if (!mayRun(step.if, isAllWell)) continue
    const files = commandFiles(job.temp)
    ends[step.id] = await runStep(step, contexts, use, {
      ...job,
      environment: { ...job.environment, ...files },
    })
    steps[step.id] = { outputs: readOutputs(readFileSync(files.GITHUB_OUTPUT, 'utf8')) }
  }
  return {
    steps: ends,
    outputs: Object.fromEntries(
      Object.entries(action.outputs).map(([name, { value }]) => [name, evaluate(value, contexts)]),
    ),
    lines: job.log.lines,
    annotations: job.log.annotations,
  }
}

/** Each step has its own. */
function commandFiles(temp: string) {
  const file = (name: string): string => {
    const path = join(temp, `${name}-${randomUUID()}`)
    writeFileSync(path, '')
    return path
  }
  return {
    GITHUB_OUTPUT: file('output'),
    GITHUB_ENV: file('env'),
    GITHUB_PATH: file('path'),
    GITHUB_STATE: file('state'),
    GITHUB_STEP_SUMMARY: file('summary'),
  }
}

async function runStep(
  step: Step,
  contexts: Contexts,
  { patience = [7500, 2500], inContainer = false }: UseAction,
  { environment, workspace, temp, log, cancelled }: Job,
): Promise<number | 'cancelled'> {
  const words = SHELLS[step.shell]
  if (words === undefined) throw new Error(`a shell that this runner does not know: ${step.shell}`)
  const script = join(temp, `${randomUUID()}.sh`)
  writeFileSync(script, evaluate(step.run, contexts))
  const own = Object.entries(step.env ?? {}).map(([name, value]) => [name, evaluate(value, contexts)])
  const env = { ...environment, ...Object.fromEntries(own) }
  const [file = '', ...args] = words.map(word => word.replace('{0}', script))
  const child = spawn(file, args, { cwd: workspace, env, stdio: ['pipe', 'pipe', 'pipe'] })
  // The runner closes it at once.
  child.stdin.on('error', () => {}).end()
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', line => takeLine(log, line))
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status, signal) => resolve(status ?? (signal === 'SIGKILL' ? 137 : 143)))
  })
  // A step that begins after the cancellation is not cancelled by it.
  if (cancelled.aborted) return await ended
  const cancellation = new Promise<'cancelled'>(resolve => {
    cancelled.addEventListener('abort', () => {
      void (inContainer ? Promise.resolve() : cancelProcess(child, patience)).then(() => resolve('cancelled'))
    })
  })
  return await Promise.race([ended.then(status => (cancelled.aborted ? 'cancelled' : status)), cancellation])
}

/** The runner signals only the process that it has started. */
async function cancelProcess(child: ChildProcess, [int, term]: readonly [number, number]): Promise<void> {
  const exited = new Promise<true>(resolve => child.once('exit', () => resolve(true)))
  for (const [signal, ms] of [
    ['SIGINT', int],
    ['SIGTERM', term],
  ] as const) {
    child.kill(signal)
    const late = new Promise<false>(resolve => setTimeout(resolve, ms, false).unref())
    if (await Promise.race([exited, late])) return
  }
  child.kill('SIGKILL')
  await exited
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone.
  }
}
