/** What a runner takes from the output of a step and from the file GITHUB_OUTPUT. */

export interface Annotation {
  readonly level: 'warning' | 'error'
  readonly text: string
}

export interface StepLog {
  /** What a reader of the log sees: keys are hidden from the moment on at which a step has named them. */
  readonly lines: string[]
  readonly annotations: Annotation[]
  readonly masks: Set<string>
}

export function newLog(): StepLog {
  return { lines: [], annotations: [], masks: new Set() }
}

export function takeLine(log: StepLog, line: string): void {
  const [, mask] = /^::add-mask::(.*)$/.exec(line) ?? []
  if (mask !== undefined) {
    log.masks.add(mask.replaceAll('%25', '%'))
    return
  }
  const [, level, text = ''] = /^::(warning|error)(?: [^:]*)?::(.*)$/.exec(line) ?? []
  if (level === 'warning' || level === 'error') log.annotations.push({ level, text: hide(log, text) })
  else log.lines.push(hide(log, line))
}

function hide({ masks }: StepLog, text: string): string {
  return [...masks].reduce((shown, mask) => shown.replaceAll(mask, '***'), text)
}

/** Lines `name=value`; the form for several lines is not used. @throws for any other line */
export function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  for (const line of text.split('\n').filter(each => each !== '')) {
    const [, name, value] = /^([\w-]+)=(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw new Error(`no line of GITHUB_OUTPUT: ${line}`)
    outputs[name] = value
  }
  return outputs
}
