/**
 * Reads Prometheus' text format strictly, as its description has it
 * (https://prometheus.io/docs/instrumenting/exposition_formats/), and by none of the code that writes it.
 */

export interface ReadSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface ReadFamily {
  readonly help: string
  readonly type: string
  readonly samples: readonly ReadSample[]
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"'
const NUMBER = '[+-]?(?:\\d+(?:\\.\\d*)?(?:[eE][+-]?\\d+)?|Inf)|NaN'
const HELP = new RegExp(`^# HELP (${NAME}) ((?:[^\\\\]|\\\\[\\\\n])*)$`)
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`)
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (${NUMBER})$`)

/** @throws if a line has a wrong syntax, or the lines have a wrong order */
export function readExposition(text: string): ReadonlyMap<string, ReadFamily> {
  const families = new Map<string, { help: string; type: string; samples: ReadSample[] }>()
  const seen = new Set<string>()
  let current = ''
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end')
  for (const line of text.split('\n').slice(0, -1)) {
    const wrong = (why: string) => new Error(`${why}: ${JSON.stringify(line)}`)
    const help = HELP.exec(line)
    if (help !== null) {
      const [, name = '', words = ''] = help
      if (families.has(name)) throw wrong('declared twice')
      families.set(name, { help: words, type: '', samples: [] })
      current = name
      continue
    }
    const type = TYPE.exec(line)
    const family = families.get(current)
    if (type !== null) {
      if (type[1] !== current || family === undefined) throw wrong('TYPE of another family')
      if (family.type !== '' || family.samples.length > 0) throw wrong('TYPE comes once, before the samples')
      family.type = type[2] ?? ''
      continue
    }
    const sample = SAMPLE.exec(line)
    if (sample === null) throw wrong('no line of the format')
    const [, name = '', labelText = '', value = ''] = sample
    if (name !== current || family === undefined || family.type === '')
      throw wrong('sample of another family')
    const labels = [...labelText.matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\\n]|\\[\\"n])*)"/g)].map(
      ([, label = '', escaped = '']) =>
        [label, escaped.replace(/\\(.)/g, (_all, c: string) => (c === 'n' ? '\n' : c))] as const,
    )
    if (new Set(labels.map(([label]) => label)).size !== labels.length) throw wrong('a label is there twice')
    const identity = `${name}${JSON.stringify(labels.toSorted())}`
    if (seen.has(identity)) throw wrong('a sample is there twice')
    seen.add(identity)
    family.samples.push({
      name,
      labels: Object.fromEntries(labels),
      value: Number(value.replace('Inf', 'Infinity')),
    })
  }
  return families
}
