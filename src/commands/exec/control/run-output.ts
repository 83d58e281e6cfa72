/** What job control does with the output of a run: looks for conditions and metrics, and holds it back. */

import { type HeldOutput, holdOutput } from '../../../job/held-output.ts'
import { createOutputLines } from '../../../job/output-lines.ts'
import { createOutputStore } from '../../../job/output-store.ts'
import type { Job, JobPlan } from '../../../job/start.ts'
import type { Notices } from '../../../report/notices/notices.ts'
import { createOutputWriter } from '../../../system/output-writer.ts'
import { openUnlinkedFile } from '../../../system/unlinked-file.ts'
import { cleanOutput } from '../../../telemetry/clean-output.ts'
import type { Metric } from '../../../telemetry/event.ts'
import { createConditions } from './conditions.ts'
import type { Control } from './control.ts'
import { DEFAULT_BUFFER_BYTES } from './defaults.ts'
import { createMetricList } from './metric-list.ts'
import type { Patterns } from './patterns.ts'

export interface RunOutput {
  /** Starts the job, or starts it again. */
  start(plan: JobPlan, start: (plan: JobPlan) => Job): Job
  /** What the output of the job that has just ended contains. All of it must have been read. */
  ended(): Found
  /** Prints a line on stderr, between the output of two attempts. */
  printLine(text: string): void
  /** Shows what is held back if the run has failed, and drops it otherwise. Resolves once it is written. */
  finish(hasFailed: boolean): Promise<void>
}

export interface Found {
  /** Why the job counts as failed, if its exit status says success. */
  readonly failure?: string
  readonly metrics?: readonly Metric[]
}

/**
 * The executable itself takes 75 MB, and collects garbage once its buffers have doubled. With this share, the wrapper by default
 * stays below 100 MB, however much the job prints.
 */
const MEMORY_SHARE = 1 / 32

/** Metrics in one line of the output. */
const MAX_PER_LINE = 10

export function createRunOutput(control: Control, patterns: Patterns, notices: Notices): RunOutput {
  const held = control.quietSuccess ? holdBack(control, notices) : undefined
  const { failIf, require, metricFrom, cannotMatch } = patterns
  const isRead = cannotMatch || failIf.length + require.length + metricFrom.length > 0
  let reader: OutputReader | undefined
  return {
    start(plan, start) {
      if (!isRead) return start(held === undefined ? plan : heldBack(plan, held))
      const next = readOutput(patterns, notices)
      reader = next
      const onOutput = (chunk: Buffer, descriptor: 1 | 2): void => {
        plan.onOutput?.(chunk, descriptor)
        next.append(chunk, descriptor)
      }
      return start({ ...plan, onOutput, createWriter: held?.createWriter })
    },
    ended: () => reader?.end() ?? {},
    printLine(text) {
      if (held === undefined) notices.warnNow(text)
      else held.add(notices.asLine(text))
    },
    async finish(hasFailed) {
      if (hasFailed) await held?.show()
      else held?.discard()
    },
  }
}

/** With `--no-output`, the job has no pipes unless somebody reads them. */
function heldBack(plan: JobPlan, { createWriter }: HeldOutput): JobPlan {
  return { ...plan, createWriter, onOutput: plan.onOutput ?? (() => {}) }
}

function holdBack({ bufferSize }: Control, notices: Notices): HeldOutput {
  const store = createOutputStore((bufferSize ?? DEFAULT_BUFFER_BYTES) * MEMORY_SHARE, openUnlinkedFile)
  return holdOutput(store, createOutputWriter, problem => notices.warn(`--quiet-success: ${problem}`))
}

interface OutputReader {
  append(chunk: Buffer, descriptor: 1 | 2): void
  end(): Found
}

function readOutput(patterns: Patterns, notices: Notices): OutputReader {
  const { metricFrom } = patterns
  const conditions = createConditions(patterns, !patterns.redactsAll)
  const list = createMetricList()
  const lines = createOutputLines(cleanLine, each => {
    conditions.onLines(each)
    for (const regex of metricFrom) {
      for (const line of each) {
        for (const { groups } of regex.matches(line, MAX_PER_LINE).found)
          list.add(groups.name ?? '', groups.value ?? '', '--metric-from')
      }
    }
  })
  return {
    append: lines.append,
    end() {
      lines.end()
      for (const warning of list.warnings()) notices.warn(warning)
      const failure = conditions.failure()
      return { metrics: list.metrics(), ...(failure !== undefined && { failure }) }
    },
  }
}

/** As a message shows it: without colours, and the last state of a line that is redrawn. */
function cleanLine(line: string): string {
  return cleanOutput(Buffer.from(line), { frontCut: false })
}
